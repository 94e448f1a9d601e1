//! Cases about turns that are asked to stop.

use crate::conformance::Fixture;
use crate::conformance::race::{race, soon};
use crate::conformance::steps::{completed, json, refused, subject};
use crate::error::ErrorKind;
use crate::turn::{Delivery, EndKind, StopReason, StopRequested, TurnEnd, TurnId};

/// G13: a turn that was cancelled ends as cancelled, whatever its owner says, and keeps what the owner says of it.
pub async fn g13_a_cancel_wins(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let claim = fixture.claimed(&subject()).await;
    let mut watch = fixture.store().events().watch_turn(claim.turn.id);
    for _ in 0..2 {
        let stopped = turns.request_stop(claim.turn.id, StopReason::Cancelled).await.unwrap();
        assert_eq!(stopped, StopRequested::Requested);
    }
    soon("the wake-up by a stop", watch.changed()).await;
    assert_eq!(fixture.turn(claim.turn.id).await.stop, Some(StopReason::Cancelled));
    let end = completed().with_detail(json("kept"));
    let finished = turns.finish(&claim.lease, &end).await.unwrap();
    let stored = finished.turn.end.expect("it has ended");
    assert_eq!((finished.applied, stored.kind), (true, EndKind::Cancelled));
    assert_eq!(stored.detail, end.detail);
    assert!(stored.message.contains("completed"), "what it would have been is told: {}", stored.message);
}

/// G13: a cancelled turn stays cancelled when an interrupt comes as well.
pub async fn g13_a_cancel_is_not_superseded(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let claim = fixture.claimed(&subject).await;
    turns.request_stop(claim.turn.id, StopReason::Cancelled).await.unwrap();
    let interrupt = fixture.admit(&subject, Delivery::Interrupt).await;
    assert_eq!(fixture.finish(&claim.lease).await.turn.end.unwrap().kind, EndKind::Cancelled);
    assert_eq!(fixture.claim().await.unwrap().turn.id, interrupt.id);
}

/// A turn that was superseded ends as superseded, and says by which.
pub async fn a_superseded_turn_ends_as_superseded(fixture: &Fixture) {
    let subject = subject();
    let claim = fixture.claimed(&subject).await;
    let interrupt = fixture.admit(&subject, Delivery::Interrupt).await;
    let end = fixture.finish(&claim.lease).await.turn.end.unwrap();
    assert_eq!(end.kind, EndKind::Superseded);
    assert!(end.message.contains(&interrupt.id.to_string()), "{}", end.message);
}

/// An owner that has stopped its turn says so in its own words.
pub async fn an_end_as_a_stop_is_stored_as_told(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let claim = fixture.claimed(&subject()).await;
    turns.request_stop(claim.turn.id, StopReason::Cancelled).await.unwrap();
    let end = TurnEnd::new(EndKind::Cancelled, "cancelled, and the server has confirmed it");
    assert_eq!(turns.finish(&claim.lease, &end).await.unwrap().turn.end, Some(end));
}

/// A stop that comes before the end wins; one that comes after it changes nothing and is told the end.
pub async fn a_stop_and_an_end_agree(fixture: &Fixture) {
    for _ in 0..32 {
        let claim = fixture.claimed(&subject()).await;
        let results = race(2, |racer| {
            let (store, lease) = (fixture.handle(racer), claim.lease.clone());
            async move {
                if racer == 0 {
                    store.turns().finish(&lease, &completed()).await.unwrap();
                    None
                } else {
                    Some(store.turns().request_stop(lease.turn, StopReason::Cancelled).await.unwrap())
                }
            }
        })
        .await;
        let end = fixture.turn(claim.turn.id).await.end.expect("it has ended");
        match results.into_iter().flatten().next() {
            Some(StopRequested::Requested) => assert_eq!(end.kind, EndKind::Cancelled),
            Some(StopRequested::AlreadyEnded(told)) => {
                assert_eq!((&told, &end), (&completed(), &completed()))
            }
            other => panic!("somebody had begun with it: {other:?}"),
        }
    }
}

/// A stop is for a turn that there is.
pub async fn an_unknown_turn_is_not_stopped(fixture: &Fixture) {
    let stopped = fixture.store().turns().request_stop(TurnId::new(i64::MAX), StopReason::Cancelled).await;
    refused(stopped, ErrorKind::NotFound);
}
