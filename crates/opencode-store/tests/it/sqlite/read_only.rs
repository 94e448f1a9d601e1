//! Files and folders that cannot be written.

use std::path::Path;

use insta::assert_snapshot;
use opencode_store::Store;
use opencode_store::sqlite::{SqliteOptions, SqliteStore};

use crate::mount::Disk;
use crate::steps::claimed;
use crate::told::told_in;

async fn open(path: &Path) -> opencode_store::Result<SqliteStore> {
    SqliteStore::open(path, SqliteOptions::default()).await
}

#[tokio::test]
async fn a_read_only_disk_is_told_when_a_store_is_opened() {
    let Some(disk) = Disk::of_size_or_skip(4096) else { return };
    let path = disk.path().join("store.db");
    let store = Store::from_backend(std::sync::Arc::new(open(&path).await.unwrap()));
    store.migrate().await.unwrap();
    claimed(&store, "one").await;
    drop(store);
    // The threads of the store end by themselves, and the last connection that writes takes the files beside the
    // database with it.
    loop {
        super::raw(&path, "PRAGMA wal_checkpoint(TRUNCATE)");
        if !disk.path().join("store.db-wal").exists() {
            break;
        }
        tokio::task::yield_now().await;
    }
    disk.make_read_only();
    let error = open(&path).await.unwrap_err();
    assert_snapshot!(told_in(disk.path(), &error), @r"
        ReadOnly: the database cannot be written: its file and its folder, where SQLite keeps files beside it, have to be writable
        because the database file cannot be opened: is its folder there, and may it be written?
        because unable to open database file
        ");
    let error = open(&disk.path().join("new.db")).await.unwrap_err();
    assert_snapshot!(told_in(disk.path(), &error), @r"
        ReadOnly: the database cannot be written: its file and its folder, where SQLite keeps files beside it, have to be writable
        because the database file cannot be opened: is its folder there, and may it be written?
        because unable to open database file
        ");
}

#[tokio::test]
async fn a_read_only_file_is_told_when_a_store_is_opened() {
    let Some(disk) = Disk::of_size_or_skip(4096) else { return };
    let path = disk.path().join("store.db");
    std::fs::write(&path, "").unwrap();
    disk.make_file_read_only(&path);
    let error = open(&path).await.unwrap_err();
    assert_snapshot!(told_in(disk.path(), &error), @r"
        ReadOnly: the database cannot be written
        because attempt to write a readonly database
        ");
}
