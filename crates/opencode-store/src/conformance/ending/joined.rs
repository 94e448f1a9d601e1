//! Cases about turns that have joined one that ends.

use crate::conformance::Fixture;
use crate::conformance::steps::{LEASE, completed, refused, subject};
use crate::error::ErrorKind;
use crate::turn::{Claim, Delivery, EndKind, Renewal, StopReason, StopRequested, TurnState};

impl Fixture {
    /// A running turn, and so many that have joined it.
    async fn joined(&self, steers: usize) -> (Claim, Vec<Claim>) {
        let subject = subject();
        let head = self.claimed(&subject).await;
        for _ in 0..steers {
            self.admit(&subject, Delivery::Steer).await;
        }
        let joined = self.store().turns().take_steers(&head.lease).await.unwrap();
        (head, joined)
    }
}

/// Turns that have joined end for themselves, and their end lets nobody else run.
pub async fn joined_turns_end_for_themselves(fixture: &Fixture) {
    let (head, joined) = fixture.joined(2).await;
    for claim in &joined {
        assert!(fixture.finish(&claim.lease).await.applied);
        assert_eq!(fixture.claim().await, None, "the turn that they have joined runs");
    }
    assert!(fixture.finish(&head.lease).await.applied);
    assert_eq!(fixture.claim().await, None, "none is left");
}

/// A turn that has joined and whose prompt was not posted waits again when the other ends, and runs next.
pub async fn joined_turns_wait_again(fixture: &Fixture) {
    let (head, joined) = fixture.joined(2).await;
    fixture.finish(&head.lease).await;
    for claim in &joined {
        let waiting = fixture.turn(claim.turn.id).await;
        assert!(waiting.state.is_waiting(), "{waiting:?}");
        assert_eq!(waiting.joined_to, None);
        refused(fixture.store().turns().finish(&claim.lease, &completed()).await, ErrorKind::LeaseLost);
    }
    for claim in &joined {
        let next = fixture.claim().await.expect("it waits again");
        assert_eq!((next.turn.id, next.turn.state), (claim.turn.id, TurnState::Claimed));
        assert_eq!(fixture.claim().await, None, "one at a time");
        fixture.finish(&next.lease).await;
    }
}

/// A turn that has joined and whose prompt may be on its way to the server stays its owner's: somebody else would not
/// find the prompt there, and post it once more.
pub async fn g01_joined_turns_that_were_prompted_stay_with_their_owner(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let (head, joined) = fixture.joined(2).await;
    for claim in &joined {
        turns.advance(&claim.lease, TurnState::Prompting).await.unwrap();
    }
    fixture.finish(&head.lease).await;
    assert_eq!(fixture.claim().await, None, "they are somebody's");
    let leases: Vec<_> = joined.iter().map(|claim| claim.lease.clone()).collect();
    for renewal in turns.renew(&leases, LEASE).await.unwrap() {
        assert!(matches!(renewal, Renewal::Renewed { .. }), "{renewal:?}");
    }
    for claim in &joined {
        turns.advance(&claim.lease, TurnState::Running).await.unwrap();
        assert!(fixture.finish(&claim.lease).await.applied);
    }
    assert_eq!(fixture.claim().await, None, "none is left");
}

/// A turn that has joined and whose prompt may be on the server goes on by itself, for whoever takes it over.
pub async fn joined_turns_that_were_prompted_go_on(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let (head, joined) = fixture.joined(1).await;
    turns.advance(&joined[0].lease, TurnState::Prompting).await.unwrap();
    let queued = turns.turn(joined[0].turn.id).await.unwrap().unwrap();
    fixture.finish(&head.lease).await;
    fixture.clock().advance(LEASE * 2);
    let next = fixture.claim().await.expect("its owner is gone");
    assert_eq!((next.turn.id, next.turn.state), (joined[0].turn.id, TurnState::Prompting));
    assert_eq!((next.turn.joined_to, next.turn.prompted_at), (None, queued.prompted_at));
    assert!(next.is_take_over());
    assert_eq!(fixture.claim().await, None);
    assert!(fixture.finish(&next.lease).await.applied);
}

/// However many go on by themselves or wait again, each of them runs once.
pub async fn every_joined_turn_goes_on_once(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let (head, joined) = fixture.joined(3).await;
    turns.advance(&joined[0].lease, TurnState::Running).await.unwrap();
    turns.advance(&joined[2].lease, TurnState::Running).await.unwrap();
    fixture.finish(&head.lease).await;
    let mut ended = Vec::new();
    loop {
        // Those that were prompted are their owner's until their leases end.
        fixture.clock().advance(LEASE * 2);
        let Some(claim) = fixture.claim().await else { break };
        ended.push(claim.turn.id);
        fixture.finish(&claim.lease).await;
    }
    ended.sort_unstable();
    let mut expected: Vec<_> = joined.iter().map(|claim| claim.turn.id).collect();
    expected.sort_unstable();
    assert_eq!(ended, expected, "each runs once");
}

/// A turn that has joined is stopped like any other that somebody works on.
pub async fn a_joined_turn_is_stopped(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let (head, joined) = fixture.joined(1).await;
    let stopped = turns.request_stop(joined[0].turn.id, StopReason::Cancelled).await.unwrap();
    assert_eq!(stopped, StopRequested::Requested);
    assert_eq!(fixture.finish(&joined[0].lease).await.turn.end.unwrap().kind, EndKind::Cancelled);
    assert_eq!(fixture.finish(&head.lease).await.turn.end.unwrap().kind, EndKind::Completed);
}
