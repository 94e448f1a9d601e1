//! What takes too long, here and on the server.

use std::time::Duration;

use futures_util::future::join_all;
use insta::{allow_duplicates, assert_snapshot};
use opencode_store::postgres::PostgresOptions;
use opencode_store::{ErrorKind, Store};
use opencode_testkit::postgres::Database;
use tokio_postgres::Client;

use super::open;
use crate::steps::{admission, append, claimed, soon, worker};
use crate::told::told;

/// Somebody who holds a lock until it is dropped.
async fn holder(database: &Database, statements: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("BEGIN; {statements}")).await.unwrap();
    client
}

async fn migrated(database: &Database, options: PostgresOptions) -> Store {
    let store = open(database.url(), options).await;
    store.migrate().await.unwrap();
    store
}

#[tokio::test]
async fn a_call_that_gets_no_connection_in_time_is_unavailable() {
    let Some(database) = Database::fresh_or_skip().await else { return };
    let patient = migrated(&database, PostgresOptions::default()).await;
    let claim = claimed(&patient, "one").await;
    let options =
        PostgresOptions::default().with_pool_size(1).with_connect_timeout(Duration::from_millis(200));
    let store = open(database.url(), options).await;
    let holder = holder(&database, "LOCK TABLE opencode_turns").await;
    // The one connection waits for the lock, and is waited for by everybody else.
    let (reads, id) = (store.turns(), claim.turn.id);
    let stuck = tokio::spawn(async move { reads.turn(id).await });
    super::until_blocked(&holder).await;
    let error = soon("the refusal of a read", store.turns().turn(id)).await.unwrap_err();
    assert_snapshot!(told(&error), @r"
        Unavailable: no connection to the database became free in time
        because Timeout occurred while waiting for a slot to become available
        ");
    let error =
        soon("the refusal of an admission", store.turns().admit(&admission("two"))).await.unwrap_err();
    assert_snapshot!(told(&error), @"Unavailable: no connection to the database became free in time");
    let error = soon("the refusal of an append", append(&store, &claim, 0, 3)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    holder.batch_execute("COMMIT").await.unwrap();
    assert!(stuck.await.unwrap().unwrap().is_some());
    assert!(!store.turns().admit(&admission("two")).await.unwrap().repeated, "nothing was stored");
}

#[tokio::test]
async fn a_call_that_gets_no_answer_in_time_is_unavailable_and_may_be_repeated() {
    let Some(database) = Database::fresh_or_skip().await else { return };
    let patient = migrated(&database, PostgresOptions::default()).await;
    let claim = claimed(&patient, "one").await;
    let store =
        open(database.url(), PostgresOptions::default().with_call_timeout(Duration::from_millis(300))).await;
    let holder = holder(&database, "LOCK TABLE opencode_turns, opencode_events").await;
    let (admission, other) = (admission("two"), admission("three"));
    let (turns, request) = (store.turns(), worker("worker"));
    let errors = tokio::join!(
        async { append(&store, &claim, 0, 3).await.err() },
        async { turns.admit(&admission).await.err() },
        async { turns.admit(&other).await.err() },
        async { turns.claim(&request).await.err() },
        async { turns.turn(claim.turn.id).await.err() },
    );
    for error in [errors.0, errors.1, errors.2, errors.3, errors.4] {
        allow_duplicates!(assert_snapshot!(told(&error.unwrap()), @r"
            Unavailable: the database did not answer in time
            because deadline has elapsed
            "));
    }
    holder.batch_execute("COMMIT").await.unwrap();
    // The database goes on with what it was asked for. Whoever asks again gets the same turn.
    let turns = patient.turns();
    let admitted = join_all((0..4).map(|_| turns.admit(&admission))).await;
    let admitted: Vec<_> = admitted.into_iter().map(|admitted| admitted.unwrap().turn.id).collect();
    assert!(admitted.windows(2).all(|pair| pair[0] == pair[1]), "{admitted:?}");
}

/// What an operator sets for a database: the server ends what takes too long.
#[tokio::test]
async fn limits_of_the_server_are_unavailable_and_leave_nothing_open() {
    let Some(database) = Database::fresh_or_skip().await else { return };
    let patient = migrated(&database, PostgresOptions::default()).await;
    let claim = claimed(&patient, "one").await;
    let name = database.url().rsplit_once('/').unwrap().1;
    for setting in ["statement_timeout", "lock_timeout"] {
        super::raw(database.url(), &format!("ALTER DATABASE {name} RESET ALL")).await;
        super::raw(database.url(), &format!("ALTER DATABASE {name} SET {setting} = 100")).await;
        let store = open(database.url(), PostgresOptions::default().with_pool_size(2)).await;
        let holder = holder(&database, "SET LOCAL statement_timeout = 0; LOCK TABLE opencode_turns").await;
        let error = store.turns().turn(claim.turn.id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
        assert_eq!(error.to_string(), "the database broke the query off: it took too long");
        let error = store.turns().admit(&admission(setting)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
        for _ in 0..4 {
            let error = store.turns().claim(&worker("worker")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
        }
        holder.batch_execute("COMMIT").await.unwrap();
        assert!(!store.turns().admit(&admission(setting)).await.unwrap().repeated, "nothing was stored");
    }
}

#[tokio::test]
async fn a_server_that_has_no_connection_left_is_unavailable() {
    let builder = opencode_testkit::postgres::Postgres::builder()
        .setting("max_connections", "8")
        .setting("superuser_reserved_connections", "0");
    let Some(server) = builder.start_or_skip().await else { return };
    let store = open(server.url(), PostgresOptions::default().with_pool_size(2)).await;
    store.migrate().await.unwrap();
    let mut others = Vec::new();
    while let Ok((client, connection)) = tokio_postgres::connect(server.url(), tokio_postgres::NoTls).await {
        others.push((client, tokio::spawn(connection)));
    }
    let error = Store::open(server.url()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    // A store that is open goes on with the connections that it has.
    store.turns().admit(&admission("one")).await.unwrap();
}
