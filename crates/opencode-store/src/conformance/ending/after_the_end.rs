//! Cases about turns that have ended.

use crate::blocker::{BlockerKind, BlockerState, NewBlocker};
use crate::conformance::Fixture;
use crate::conformance::steps::{LEASE, completed, json, refused, subject, upstream_id};
use crate::error::ErrorKind;
use crate::turn::{Delivery, EndKind, StopReason, StopRequested, TurnEnd};

/// G14: nothing changes a turn that has ended: no other end, no stop, no other lane, no owner.
pub async fn g14_terminal_rows_never_change(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let (old, claim) = fixture.taken_over(&subject).await;
    let ended = fixture.finish(&claim.lease).await.turn;
    fixture.clock().advance(LEASE * 2);

    let again = turns.finish(&claim.lease, &TurnEnd::new(EndKind::Failed, "failed")).await.unwrap();
    assert_eq!((again.applied, &again.turn), (false, &ended));
    refused(turns.finish(&old, &completed()).await, ErrorKind::LeaseLost);
    let stopped = turns.request_stop(ended.id, StopReason::Cancelled).await.unwrap();
    assert_eq!(stopped, StopRequested::AlreadyEnded(completed()));
    refused(turns.relane(ended.id, Delivery::Interrupt).await, ErrorKind::Conflict);
    assert_eq!(fixture.claim().await, None);
    // A newer turn that interrupts has nothing to stop.
    fixture.admit(&subject, Delivery::Interrupt).await;
    assert_eq!(fixture.turn(ended.id).await, ended);
}

/// Nobody waits for the answers of a turn that has ended, in whichever way.
pub async fn open_requests_are_withdrawn(fixture: &Fixture) {
    let blockers = fixture.store().blockers();
    let claim = fixture.claimed(&subject()).await;
    for id in ["answered", "delivered", "expired", "open"] {
        let question = NewBlocker::new(id, upstream_id(), BlockerKind::Question, json("Now?"));
        blockers.ask(&claim.lease, &question).await.unwrap();
        if matches!(id, "answered" | "delivered") {
            blockers.answer(claim.turn.id, id, &json("yes"), "ann").await.unwrap();
        }
    }
    blockers.settle(&claim.lease, "delivered", BlockerState::Delivered).await.unwrap();
    blockers.settle(&claim.lease, "expired", BlockerState::Expired).await.unwrap();
    fixture.finish(&claim.lease).await;
    for record in blockers.blockers(claim.turn.id).await.unwrap() {
        match record.request.request_id.as_str() {
            "open" => assert_eq!(record.state, BlockerState::Withdrawn),
            "delivered" => assert_eq!(record.state, BlockerState::Delivered),
            "expired" => assert_eq!(record.state, BlockerState::Expired),
            // Whether an answer that nobody will deliver is withdrawn is up to the store; it is kept.
            _ => assert_eq!(record.answer, Some(json("yes"))),
        }
    }
}
