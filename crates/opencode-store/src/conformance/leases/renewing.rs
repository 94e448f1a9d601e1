//! Cases about keeping a turn, and about letting go of it.

use crate::conformance::Fixture;
use crate::conformance::steps::{LEASE, TICK, refused, subject};
use crate::error::ErrorKind;
use crate::turn::{Delivery, Lease, Renewal, StopReason, TurnId, TurnState};

/// A lease that is renewed in time holds on.
pub async fn renewing_extends_a_lease(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let claim = fixture.claimed(&subject()).await;
    for _ in 0..5 {
        fixture.clock().advance(LEASE - TICK);
        let renewed = turns.renew(std::slice::from_ref(&claim.lease), LEASE).await.unwrap();
        let [Renewal::Renewed { until, stop: None }] = renewed[..] else { panic!("lost: {renewed:?}") };
        assert_eq!(until.as_millisecond(), fixture.unix_millis() + i64::try_from(LEASE.as_millis()).unwrap());
        assert_eq!(fixture.turn(claim.turn.id).await.lease_until, Some(until));
    }
    assert_eq!(fixture.claim().await, None);
}

/// Each lease is answered for itself, in the order of the question; a stop is told with it.
pub async fn every_lease_is_answered_in_order(fixture: &Fixture) {
    let turns = fixture.store().turns();
    assert_eq!(turns.renew(&[], LEASE).await.unwrap(), []);
    let ended = fixture.claimed(&subject()).await.lease;
    fixture.finish(&ended).await;
    let (old, new) = fixture.taken_over(&subject()).await;
    let stopped = fixture.claimed(&subject()).await.lease;
    turns.request_stop(stopped.turn, StopReason::Cancelled).await.unwrap();
    let superseded = subject();
    let head = fixture.claimed(&superseded).await.lease;
    let interrupt = fixture.admit(&superseded, Delivery::Interrupt).await;
    let unknown = Lease::new(TurnId::new(i64::MAX), "worker", 1);
    let leases = [stopped, ended, new.lease, old, head, unknown];
    let renewed = turns.renew(&leases, LEASE).await.unwrap();
    let stops = renewed.iter().map(|renewal| match renewal {
        Renewal::Renewed { stop, .. } => Some(*stop),
        Renewal::Lost => None,
    });
    let superseded = Some(Some(StopReason::Superseded(interrupt.id)));
    let expected = [Some(Some(StopReason::Cancelled)), None, Some(None), None, superseded, None];
    assert_eq!(stops.collect::<Vec<_>>(), expected);
}

/// A turn that is handed over is claimed at once, and its old owner has nothing more to say.
pub async fn a_turn_is_handed_over(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let claim = fixture.claimed(&subject()).await;
    turns.advance(&claim.lease, TurnState::Running).await.unwrap();
    turns.hand_over(&claim.lease).await.unwrap();
    let next = fixture.claim().await.expect("it may be claimed at once");
    assert_eq!((next.turn.id, next.lease.attempt), (claim.turn.id, 2));
    assert_eq!(next.turn.state, TurnState::Running, "it goes on where it was");
    refused(turns.advance(&claim.lease, TurnState::Running).await, ErrorKind::LeaseLost);
}
