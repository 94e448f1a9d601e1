//! Without a clock of its own a store reads the database's.

use std::time::Duration;

use opencode_store::conformance::ManualClock;
use opencode_store::postgres::PostgresOptions;
use opencode_testkit::postgres::Database;

use super::open;
use crate::steps::{LEASE, admission, claimed, worker};

#[tokio::test]
async fn a_lease_counts_by_the_clock_of_the_database() {
    let Some(database) = Database::fresh_or_skip().await else { return };
    let store = open(database.url(), PostgresOptions::default()).await;
    let other = open(database.url(), PostgresOptions::default()).await;
    store.migrate().await.unwrap();
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let now = || async {
        let millis = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT";
        let millis: i64 = client.query_one(millis, &[]).await.unwrap().get(0);
        jiff::Timestamp::from_millisecond(millis).unwrap()
    };
    let (before, claim, after) = (now().await, claimed(&store, "one").await, now().await);
    let tolerance = Duration::from_secs(1);
    let until = claim.turn.lease_until.unwrap();
    assert!(before + LEASE - tolerance <= until && until <= after + LEASE + tolerance, "{until}");
    assert!(other.turns().claim(&worker("other")).await.unwrap().is_none(), "nobody can steal it");
}

/// What a machine says whose clock is wrong by years would be told by its rows.
#[tokio::test]
async fn a_clock_that_is_given_is_read_instead() {
    let Some(database) = Database::fresh_or_skip().await else { return };
    let clock = ManualClock::new(1_000_000);
    let store = open(database.url(), PostgresOptions::default().with_clock(std::sync::Arc::new(clock))).await;
    store.migrate().await.unwrap();
    let turn = store.turns().admit(&admission("one")).await.unwrap().turn;
    assert_eq!(turn.admitted_at.as_millisecond(), 1_000_000);
}
