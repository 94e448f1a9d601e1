//! The store on a SQLite file.

use std::sync::Arc;

use opencode_store::Store;
use opencode_store::conformance::{Fixture, ManualClock};
use opencode_store::sqlite::{SqliteOptions, SqliteStore};

async fn file() -> Fixture {
    let clock = ManualClock::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let options = SqliteOptions::default().with_clock(Arc::new(clock.clone()));
    let store = Store::from_backend(Arc::new(SqliteStore::open(&path, options.clone()).await.unwrap()));
    store.migrate().await.unwrap();
    // Two writers on one file, as two processes would be.
    let other = Store::from_backend(Arc::new(SqliteStore::open(&path, options).await.unwrap()));
    Fixture::new(store, clock).with_handle(other).with_guard(folder)
}

opencode_store::conformance_tests!(file);
