//! Who is woken across processes.

use opencode_store::event::{Tail, TailItem};
use opencode_store::postgres::PostgresOptions;
use opencode_testkit::postgres::Database;

use super::open;
use crate::steps::{admission, append, claimed, completed, soon};

#[tokio::test]
async fn each_topic_wakes_its_watchers_on_another_handle_and_nobody_else() {
    let Some(database) = Database::fresh_or_skip().await else { return };
    let writes = open(database.url(), PostgresOptions::default()).await;
    let reads = open(database.url(), PostgresOptions::default()).await;
    writes.migrate().await.unwrap();
    let claim = claimed(&writes, "one").await;
    let (turn, session) = (claim.turn.id, claim.turn.session);

    // A watch has nothing to fall back on: it is woken or it waits for ever. What was told before may still come.
    let mut turns = reads.events().watch_turn(turn);
    let mut sessions = reads.sessions().watch_session(session);
    let stranger = reads.events().watch_turn(opencode_store::turn::TurnId::new(4711));
    for after in 0..3 {
        append(&writes, &claim, after, 3).await.unwrap();
        soon("the wake-up by an event", turns.changed()).await;
    }
    let mut work = reads.turns().watch_work();
    writes.turns().admit(&admission("two")).await.unwrap();
    soon("the wake-up by work", work.changed()).await;
    while sessions.has_changed() {
        sessions.changed().await;
    }
    writes.turns().finish(&claim.lease, &completed()).await.unwrap();
    soon("the wake-up by the end", sessions.changed()).await;
    assert!(!stranger.has_changed(), "a topic wakes those who watch it");
}

#[tokio::test]
async fn a_tail_on_another_handle_follows_to_the_end() {
    let Some(database) = Database::fresh_or_skip().await else { return };
    let writes = open(database.url(), PostgresOptions::default()).await;
    let reads = open(database.url(), PostgresOptions::default()).await;
    writes.migrate().await.unwrap();
    let claim = claimed(&writes, "one").await;
    let mut tail = Tail::new(reads.events(), claim.turn.id, 0);
    for after in 0..20 {
        append(&writes, &claim, after, 3).await.unwrap();
        let item = soon("the event", tail.next()).await.unwrap();
        assert!(matches!(item, Some(TailItem::Event(event)) if event.seq == after + 1));
    }
    writes.turns().finish(&claim.lease, &completed()).await.unwrap();
    assert_eq!(soon("the end", tail.next()).await.unwrap(), None);
}
