//! The store on a PostgreSQL database.

mod access;
mod doctor;
mod ended_runtime;
mod limits;
mod outage;
mod server_clock;
mod tls;
mod waits;
mod wakes;

use std::sync::Arc;

use opencode_store::conformance::{Fixture, ManualClock};
use opencode_store::postgres::{PostgresOptions, PostgresStore};
use opencode_store::{Error, ErrorKind, Store};
use opencode_testkit::postgres::Database;

use crate::steps::soon;

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

async fn open(url: &str, options: PostgresOptions) -> Store {
    Store::from_backend(Arc::new(PostgresStore::open(url, options).await.unwrap()))
}

/// Ends the connections of everybody to a database, as an operator does.
async fn end_connections(url: &str, database: &str) {
    let others =
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()";
    raw(url, &format!("{others} AND datname = '{database}'")).await;
}

/// Waits until somebody waits for a lock of the one whose connection this is.
async fn until_blocked(holder: &tokio_postgres::Client) {
    let blocked = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))";
    let is_blocked = async { while holder.query_one(blocked, &[]).await.unwrap().get::<_, i64>(0) == 0 {} };
    soon("somebody who waits for the lock", is_blocked).await;
}

/// Reads until that is the answer.
async fn until_told(store: &Store, kind: ErrorKind) -> Error {
    let told = async {
        loop {
            match store.turns().turn(opencode_store::turn::TurnId::new(1)).await {
                Err(error) if error.kind() == kind => return error,
                Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}"),
                Ok(_) => {}
            }
            tokio::task::yield_now().await;
        }
    };
    soon("the answer", told).await
}
