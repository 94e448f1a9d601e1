//! The store on a PostgreSQL database.

mod waits;

use std::sync::Arc;

use opencode_store::Store;
use opencode_store::conformance::{Fixture, ManualClock};
use opencode_store::postgres::{PostgresOptions, PostgresStore};
use opencode_testkit::postgres::Database;

async fn database() -> Fixture {
    let clock = ManualClock::default();
    let database = Database::fresh().await.unwrap();
    let options = PostgresOptions::default().with_pool_size(4).with_clock(Arc::new(clock.clone()));
    let store = PostgresStore::open(database.url(), options.clone()).await.unwrap();
    let store = Store::from_backend(Arc::new(store));
    store.migrate().await.unwrap();
    let other = PostgresStore::open(database.url(), options).await.unwrap();
    Fixture::new(store, clock).with_handle(Store::from_backend(Arc::new(other))).with_guard(database)
}

opencode_store::conformance_tests!(database);
crate::store::all_tests!(crate::place::Place::database);

/// Runs statements on a connection of its own, as another program would.
pub(crate) async fn raw(url: &str, statements: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(statements).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}
