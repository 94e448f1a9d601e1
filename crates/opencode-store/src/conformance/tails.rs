//! Cases about following a turn.

use std::time::Duration;

use crate::conformance::Fixture;
use crate::conformance::events::payloads;
use crate::conformance::race::{race, soon};
use crate::conformance::steps::{TICK, completed, refused, subject};
use crate::error::ErrorKind;
use crate::event::{LoggedEvent, Tail, TailItem};
use crate::turn::TurnId;

const DAY: Duration = Duration::from_secs(86_400);

/// Follows to the end, and gives the numbers of all events.
async fn follow(mut tail: Tail) -> Vec<u64> {
    let mut numbers = Vec::new();
    while let Some(item) = tail.next().await.unwrap() {
        match item {
            TailItem::Event(event) => {
                assert_eq!(event.payload, format!("event {}", event.seq));
                assert_eq!(tail.cursor(), event.seq);
                numbers.push(event.seq);
            }
            TailItem::Pruned { to } => panic!("nothing was deleted up to {to}"),
        }
    }
    assert_eq!(tail.next().await.unwrap(), None, "an end stays an end");
    numbers
}

/// G19: any number of readers follow a turn, each from a place of its own, without loss, repetition or disorder.
pub async fn g19_any_number_of_readers(fixture: &Fixture) {
    const EVENTS: u64 = 2000;
    let claim = fixture.claimed(&subject()).await;
    race(33, |racer| {
        let (store, lease) = (fixture.handle(racer), claim.lease.clone());
        async move {
            if racer > 0 {
                let cursor = u64::try_from(racer - 1).unwrap() * EVENTS / 31;
                let numbers = follow(Tail::new(store.events(), lease.turn, cursor)).await;
                assert!(numbers.into_iter().eq(cursor + 1..=EVENTS), "from {cursor}");
                return;
            }
            let mut last = 0;
            for size in (1..=50).cycle() {
                let batch = payloads(last, size.min(EVENTS - last));
                last = store.events().append(&lease, last, &batch).await.unwrap();
                if last == EVENTS {
                    break;
                }
                tokio::task::yield_now().await;
            }
            assert!(store.turns().finish(&lease, &completed()).await.unwrap().applied);
        }
    })
    .await;
}

/// Nothing falls between what was and what comes, and no wake-up is lost.
pub async fn a_tail_misses_nothing_while_it_begins(fixture: &Fixture) {
    for _ in 0..50 {
        let claim = fixture.claimed(&subject()).await;
        let events = race(2, |racer| {
            let (store, lease) = (fixture.store().clone(), claim.lease.clone());
            async move {
                if racer == 0 {
                    store.events().append(&lease, 0, &payloads(0, 1)).await.unwrap();
                    return None;
                }
                let mut tail = Tail::new(store.events(), lease.turn, 0);
                // A tail whose wake-up was lost looks again after five seconds.
                let next = tokio::time::timeout(Duration::from_secs(4), tail.next()).await;
                next.expect("the wake-up was lost").unwrap()
            }
        })
        .await;
        let events: Vec<_> = events.into_iter().flatten().collect();
        assert_eq!(events, [TailItem::Event(LoggedEvent::new(1, "event 1"))]);
    }
}

/// A tail waits as long as the turn is open, and ends with it, also when the turn says nothing more.
pub async fn a_tail_ends_with_its_turn(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    fixture.append(&claim.lease, 0, 2).await;
    let tail = Tail::new(fixture.store().events(), claim.turn.id, 0);
    let following = tokio::spawn(follow(tail));
    tokio::task::yield_now().await;
    assert!(!following.is_finished(), "the turn is open");
    fixture.finish(&claim.lease).await;
    assert_eq!(soon("the end of the tail", following).await.unwrap(), [1, 2]);
    let late = Tail::new(fixture.store().events(), claim.turn.id, 1);
    assert_eq!(follow(late).await, [2], "what has ended can be followed as well");
}

/// Whoever stops waiting, and waits again, misses nothing.
pub async fn a_dropped_wait_loses_nothing(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    let mut tail = Tail::new(fixture.store().events(), claim.turn.id, 0);
    for last in 0..5 {
        let waited = tokio::time::timeout(TICK, tail.next()).await;
        assert!(waited.is_err(), "there is nothing to come: {waited:?}");
        fixture.append(&claim.lease, last, 1).await;
        let next = soon("the event", tail.next()).await.unwrap();
        assert_eq!(next, Some(TailItem::Event(LoggedEvent::new(last + 1, format!("event {}", last + 1)))));
    }
}

/// A tail says which events were deleted before it came to them; one that has seen them all is told nothing.
pub async fn a_tail_announces_what_was_deleted(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    fixture.append(&claim.lease, 0, 3).await;
    fixture.finish(&claim.lease).await;
    fixture.clock().advance(DAY + TICK);
    assert_eq!(fixture.store().events().prune(DAY, 10).await.unwrap(), 3);
    for cursor in [0, 2] {
        let mut tail = Tail::new(fixture.store().events(), claim.turn.id, cursor);
        assert_eq!(tail.next().await.unwrap(), Some(TailItem::Pruned { to: 3 }));
        assert_eq!(tail.next().await.unwrap(), None);
    }
    assert!(follow(Tail::new(fixture.store().events(), claim.turn.id, 3)).await.is_empty());
}

/// What was never admitted cannot be followed.
pub async fn an_unknown_turn_is_not_followed(fixture: &Fixture) {
    let mut tail = Tail::new(fixture.store().events(), TurnId::new(i64::MAX), 0);
    refused(tail.next().await, ErrorKind::NotFound);
}
