//! Cases about changing how a turn is delivered.

use crate::conformance::Fixture;
use crate::conformance::steps::{refused, subject};
use crate::error::ErrorKind;
use crate::turn::{Delivery, StopReason, TurnId, TurnState};

/// A waiting turn is given another lane, and runs there.
pub async fn a_waiting_turn_changes_its_lane(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let head = fixture.claimed(&subject).await;
    let first = fixture.admit(&subject, Delivery::Queue).await;
    let second = fixture.admit(&subject, Delivery::Queue).await;
    let relaned = turns.relane(second.id, Delivery::Steer).await.unwrap();
    assert_eq!(
        (relaned.id, relaned.delivery, relaned.state),
        (second.id, Delivery::Steer, TurnState::Queued)
    );
    fixture.finish(&head.lease).await;
    let next = fixture.claim().await.unwrap();
    assert_eq!(next.turn.id, second.id);
    fixture.finish(&next.lease).await;
    assert_eq!(fixture.claim().await.unwrap().turn.id, first.id);
}

/// A turn that becomes an interrupt stops the head that runs, or overtakes the one that has not begun.
pub async fn a_waiting_turn_becomes_an_interrupt(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let head = fixture.claimed(&subject).await;
    let first = fixture.admit(&subject, Delivery::Queue).await;
    let second = fixture.admit(&subject, Delivery::Queue).await;
    turns.relane(second.id, Delivery::Interrupt).await.unwrap();
    assert_eq!(fixture.turn(head.turn.id).await.stop, Some(StopReason::Superseded(second.id)));
    fixture.finish(&head.lease).await;
    let next = fixture.claim().await.unwrap();
    assert_eq!(next.turn.id, second.id);
    fixture.finish(&next.lease).await;

    // Nobody has begun with the head now.
    let third = fixture.admit(&subject, Delivery::Queue).await;
    turns.relane(third.id, Delivery::Interrupt).await.unwrap();
    assert_eq!(fixture.run_all().await, [third.id, first.id]);
}

/// Only what waits changes its lane, and nothing is refused after the fact.
pub async fn what_has_begun_keeps_its_lane(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let head = fixture.claimed(&subject).await;
    let waiting = fixture.admit(&subject, Delivery::Queue).await;
    refused(turns.relane(waiting.id, Delivery::Reject).await, ErrorKind::InvalidInput);
    refused(turns.relane(head.turn.id, Delivery::Steer).await, ErrorKind::Conflict);
    fixture.finish(&head.lease).await;
    refused(turns.relane(head.turn.id, Delivery::Steer).await, ErrorKind::Conflict);
    refused(turns.relane(TurnId::new(i64::MAX), Delivery::Steer).await, ErrorKind::NotFound);
    assert_eq!(fixture.turn(waiting.id).await.delivery, Delivery::Queue);
}
