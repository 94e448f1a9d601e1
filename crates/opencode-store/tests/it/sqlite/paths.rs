//! What cannot be opened.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use insta::{allow_duplicates, assert_snapshot};
use opencode_store::sqlite::{SqliteOptions, SqliteStore};
use opencode_store::{Error, Store};

use crate::told::{told, told_in, without};

async fn refused(path: &Path) -> Error {
    SqliteStore::open(path, SqliteOptions::default()).await.unwrap_err()
}

#[tokio::test]
async fn a_missing_folder_and_a_folder_are_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let missing = refused(&folder.path().join("missing/store.db")).await;
    assert_snapshot!(told_in(folder.path(), &missing), @r"
        Unavailable: the folder of the database is not there
        because the database file cannot be opened: is its folder there, and may it be written?
        because unable to open database file
        ");
    let directory = refused(folder.path()).await;
    assert_snapshot!(told_in(folder.path(), &directory), @r"
        InvalidConfig: the path of the database names a folder
        because the database file cannot be opened: is its folder there, and may it be written?
        because unable to open database file
        ");
}

#[tokio::test]
async fn a_path_that_is_no_unicode_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(&folder.path().join(OsStr::from_bytes(b"st\xffre.db"))).await;
    assert_snapshot!(told(&error), @"InvalidConfig: the path of the database is not valid Unicode");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_url_that_names_no_file_is_refused_without_repeating_it() {
    for url in ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite://:memory:"] {
        let error = Store::open(url).await.unwrap_err();
        allow_duplicates!(
            assert_snapshot!(told(&error), @"InvalidConfig: the URL names no file: it reads sqlite://path, and memory: for a store in memory")
        );
    }
    for url in
        ["", "hunter2", "mysql://root:hunter2@host/app", "SQLITE://hunter2", "sqlite3://hunter2", "\u{0}"]
    {
        let error = Store::open(url).await.unwrap_err();
        allow_duplicates!(
            assert_snapshot!(told(&error), @"InvalidConfig: not the URL of a store: it reads sqlite://path, postgres://user:password@host/database or memory:")
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn names_that_sqlite_would_read_in_its_own_way_are_files_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["with space?mode=ro", "100%.db", "file:x", ":memory:", "a#b.db", "größe.db"] {
        let path = folder.path().join(name);
        let store = Store::open(&format!("sqlite://{}", path.display())).await.unwrap();
        store.migrate().await.unwrap();
        assert!(path.is_file(), "{name}");
        assert!(store.doctor().await.to_string().contains(name));
    }
    let error = Store::open(&format!("sqlite://{}/a\0b", folder.path().display())).await.unwrap_err();
    assert_snapshot!(without(folder.path(), &told(&error)), @"InvalidConfig: the path of the database has a NUL in it");
}
