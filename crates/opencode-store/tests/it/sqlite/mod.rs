//! The store on a SQLite file.

mod damage;
mod doctor;
mod full_disk;
mod other_writers;
mod paths;
mod read_only;

use std::path::Path;
use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
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
crate::store::all_tests!(crate::place::Place::file);

/// Runs statements on a connection of its own, as another program would.
pub(crate) fn raw(path: &Path, statements: &str) {
    connection(path).batch_execute(statements).unwrap();
}

/// A connection such as another program has.
fn connection(path: &Path) -> diesel::SqliteConnection {
    use diesel::Connection as _;
    let mut connection = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
    connection
}
