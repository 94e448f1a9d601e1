//! What a call does that has waited for a lock of somebody else.

use std::sync::Arc;
use std::time::Duration;

use opencode_store::Store;
use opencode_store::conformance::ManualClock;
use opencode_store::postgres::{PostgresOptions, PostgresStore};
use opencode_store::session::Subject;
use opencode_store::turn::{Admission, ClaimRequest};
use opencode_testkit::postgres::Database;
use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;
use tokio_postgres::{Client, NoTls};

const LEASE: Duration = Duration::from_secs(30);

async fn connect(database: &Database) -> Client {
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A lease begins when the turn is got hold of. One that began with the wait for it could have ended by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_has_waited_begins_after_the_wait() {
    let clock = ManualClock::default();
    let database = Database::fresh().await.unwrap();
    let options = PostgresOptions::default().with_clock(Arc::new(clock.clone()));
    let store = Store::from_backend(Arc::new(PostgresStore::open(database.url(), options).await.unwrap()));
    store.migrate().await.unwrap();
    let subject = Subject::new("acme", "conversation/42").unwrap();
    let prompt = Json::from_value("Go.").unwrap();
    let admission = Admission::new(subject, MessageId::from_wire("msg_1"), prompt);
    let admitted = store.turns().admit(&admission).await.unwrap().turn;

    let (holder, watcher) = (connect(&database).await, connect(&database).await);
    holder.batch_execute("BEGIN; SELECT id FROM opencode_sessions FOR UPDATE").await.unwrap();
    let turns = store.turns();
    let claim = tokio::spawn(async move { turns.claim(&ClaimRequest::new("worker", LEASE)).await });
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while watcher.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {}
    clock.advance(LEASE * 2);
    holder.batch_execute("COMMIT").await.unwrap();

    let turn = claim.await.unwrap().unwrap().expect("it is ready").turn;
    assert_eq!(turn.started_at.unwrap().duration_since(admitted.admitted_at).as_millis(), 60_000);
    let lease = turn.lease_until.unwrap().duration_since(turn.started_at.unwrap());
    assert_eq!(lease.as_millis(), 30_000, "it has the whole lease before it");
}
