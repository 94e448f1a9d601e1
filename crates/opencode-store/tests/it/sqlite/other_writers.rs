//! Other writers of the same file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use futures_util::future::join_all;
use insta::assert_snapshot;
use opencode_store::event::{Tail, TailItem};
use opencode_store::sqlite::{SqliteOptions, SqliteStore};
use opencode_store::{Result, Store};

use super::connection;
use crate::steps::{admission, append, claimed, completed, soon};
use crate::told::told;

async fn open(path: &Path, busy_timeout: Duration) -> Result<Store> {
    let options = SqliteOptions::default().with_busy_timeout(busy_timeout);
    let opened = SqliteStore::open(path, options).await;
    opened.map(|store| Store::from_backend(Arc::new(store)))
}

const PATIENT: Duration = Duration::from_secs(30);
const IMPATIENT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn whoever_watches_is_woken_by_what_another_handle_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let writes = open(&path, PATIENT).await.unwrap();
    writes.migrate().await.unwrap();
    let claim = claimed(&writes, "one").await;
    let (turn, session) = (claim.turn.id, claim.turn.session);
    let reads = open(&path, PATIENT).await.unwrap();

    // A watch has nothing to fall back on: it is woken or it waits for ever.
    let mut watch = reads.events().watch_turn(turn);
    for after in 0..3 {
        append(&writes, &claim, after, 3).await.unwrap();
        soon("the wake-up by an event", watch.changed()).await;
    }
    let mut work = reads.turns().watch_work();
    writes.turns().admit(&admission("two")).await.unwrap();
    soon("the wake-up by work", work.changed()).await;
    let mut watch = reads.sessions().watch_session(session);
    writes.turns().finish(&claim.lease, &completed()).await.unwrap();
    soon("the wake-up by the end", watch.changed()).await;
}

#[tokio::test]
async fn a_tail_gives_what_another_handle_writes_in_order_and_ends_with_the_turn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let writes = open(&path, PATIENT).await.unwrap();
    writes.migrate().await.unwrap();
    let claim = claimed(&writes, "one").await;
    let reads = open(&path, PATIENT).await.unwrap();
    let mut tail = Tail::new(reads.events(), claim.turn.id, 0);
    for after in 0..20 {
        append(&writes, &claim, after, 3).await.unwrap();
        let item = soon("the event", tail.next()).await.unwrap();
        assert!(matches!(item, Some(TailItem::Event(event)) if event.seq == after + 1));
    }
    writes.turns().finish(&claim.lease, &completed()).await.unwrap();
    assert_eq!(soon("the end", tail.next()).await.unwrap(), None);
}

#[tokio::test]
async fn a_file_that_somebody_holds_for_too_long_is_unavailable_and_free_again_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, IMPATIENT).await.unwrap();
    store.migrate().await.unwrap();
    let turn = claimed(&store, "one").await.turn;
    let mut holder = connection(&path);
    holder.batch_execute("BEGIN IMMEDIATE").unwrap();
    let error = store.turns().admit(&admission("two")).await.unwrap_err();
    assert_snapshot!(told(&error), @"Unavailable: the database was locked for too long");
    let error = open(&path, IMPATIENT).await.unwrap_err();
    assert_snapshot!(told(&error), @r"
        Unavailable: the database was locked for too long
        because database is locked
        ");
    assert_eq!(store.turns().turn(turn.id).await.unwrap(), Some(turn), "who reads waits for nobody");
    holder.batch_execute("COMMIT").unwrap();
    assert!(!store.turns().admit(&admission("two")).await.unwrap().repeated, "nothing was stored");
}

#[tokio::test]
async fn a_file_that_somebody_holds_for_a_while_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, PATIENT).await.unwrap();
    store.migrate().await.unwrap();
    let mut holder = connection(&path);
    holder.batch_execute("BEGIN IMMEDIATE").unwrap();
    let (turns, admission) = (store.turns(), admission("one"));
    let mut waiting = tokio::spawn(async move { turns.admit(&admission).await });
    // So many reads later it still waits.
    for _ in 0..100 {
        assert!(store.turns().turn(opencode_store::turn::TurnId::new(1)).await.unwrap().is_none());
    }
    assert!(futures_util::poll!(&mut waiting).is_pending());
    holder.batch_execute("COMMIT").unwrap();
    soon("the admission", waiting).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_is_made_by_many_at_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        for store in join_all((0..8).map(|_| open(&path, PATIENT))).await {
            store.unwrap().migrate().await.unwrap();
        }
    }
}
