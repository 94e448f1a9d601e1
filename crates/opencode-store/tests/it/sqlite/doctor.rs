//! What the doctor says about a file.

use std::sync::Arc;

use insta::assert_snapshot;
use opencode_store::Store;
use opencode_store::conformance::ManualClock;
use opencode_store::sqlite::{SqliteOptions, SqliteStore};

use crate::steps::{admission, claimed, worker};
use crate::told::without;

#[tokio::test]
async fn a_healthy_store_is_told_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/store.db", folder.path().display());
    let store = Store::open(&url).await.unwrap();
    assert_snapshot!(without(folder.path(), &store.doctor().await.to_string()), @r"
        fine    SQLite file [folder]/store.db
        fine    the file is whole
        fine    the file can be written
        broken  the tables cannot be read: the tables are missing: run `migrate()`
        fine    artifacts can be stored in LocalFileSystem(file://[folder]/store.db.artifacts)
        ");
    store.migrate().await.unwrap();
    claimed(&store, "one").await;
    assert_snapshot!(without(folder.path(), &store.doctor().await.to_string()), @r"
        fine    SQLite file [folder]/store.db
        fine    the file is whole
        fine    the file can be written
        fine    the tables are of version 7
        fine    every turn that waits, waits behind another
        fine    no turn was left by its worker
        fine    no attempt to make a session waits to be swept
        fine    artifacts can be stored in LocalFileSystem(file://[folder]/store.db.artifacts)
        ");
}

#[tokio::test]
async fn what_was_left_and_what_cannot_be_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    // The present is the present of the clock that was given.
    let clock = ManualClock::default();
    let options = SqliteOptions::default().with_clock(Arc::new(clock.clone()));
    let store = Store::from_backend(Arc::new(SqliteStore::open(&path, options).await.unwrap()));
    store.migrate().await.unwrap();
    claimed(&store, "left").await;
    for key in ["stuck", "stuck too"] {
        store.turns().admit(&admission(key)).await.unwrap();
    }
    clock.advance(std::time::Duration::from_secs(60));
    super::raw(&path, "UPDATE opencode_turns SET state = 'queued' WHERE state = 'ready'");
    super::raw(
        &path,
        "INSERT INTO opencode_mints (token, upstream_id, directory, due_at) VALUES ('old', 'ses_old', NULL, 1)",
    );
    assert_snapshot!(without(folder.path(), &store.doctor().await.to_string()), @r"
        fine    SQLite file [folder]/store.db
        fine    the file is whole
        fine    the file can be written
        fine    the tables are of version 7
        broken  2 turns wait behind nothing: this should be impossible, please report it
        warning 1 turns were left by their workers and wait for another: is one running?
        warning 1 attempts to make a session wait to be swept since a day: call `Sessions::sweep` now and then
        fine    no place for artifacts was set
        ");
    assert!(
        store.turns().claim(&worker("another")).await.unwrap().is_some(),
        "nothing was changed by the look"
    );
}

#[tokio::test]
async fn a_file_that_somebody_holds_cannot_be_written() {
    use diesel::connection::SimpleConnection as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let options = SqliteOptions::default().with_busy_timeout(std::time::Duration::from_millis(50));
    let store = Store::from_backend(Arc::new(SqliteStore::open(&path, options).await.unwrap()));
    store.migrate().await.unwrap();
    let mut holder = super::connection(&path);
    holder.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert_snapshot!(without(folder.path(), &store.doctor().await.to_string()), @r"
        fine    SQLite file [folder]/store.db
        fine    the file is whole
        broken  the file cannot be written: the database was locked for too long
        fine    the tables are of version 7
        fine    every turn that waits, waits behind another
        fine    no turn was left by its worker
        fine    no attempt to make a session waits to be swept
        fine    no place for artifacts was set
        ");
}
