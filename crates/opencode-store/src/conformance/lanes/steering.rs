//! Cases about turns that join a running one.

use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::{LEASE, TICK, completed, refused, subject};
use crate::error::ErrorKind;
use crate::turn::{ClaimRequest, Delivery, Lease, Renewal, TurnState};

/// A running turn takes the steers of its session in their order, once, and leaves the queue alone.
pub async fn a_running_turn_takes_its_steers(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let head = fixture.claimed(&subject).await;
    assert_eq!(turns.take_steers(&head.lease).await.unwrap(), []);
    let mut expected = Vec::new();
    for delivery in [Delivery::Steer, Delivery::Queue, Delivery::Steer] {
        let turn = fixture.admit(&subject, delivery).await;
        if delivery == Delivery::Steer {
            expected.push(turn.id);
        }
    }
    fixture.admit(&self::subject(), Delivery::Steer).await;
    let taken = turns.take_steers(&head.lease).await.unwrap();
    assert_eq!(taken.iter().map(|claim| claim.turn.id).collect::<Vec<_>>(), expected);
    for claim in taken {
        assert_eq!(
            claim.lease,
            Lease::new(claim.turn.id, head.lease.owner.clone(), 1),
            "it is its first claim"
        );
        assert_eq!((claim.turn.state, claim.turn.joined_to), (TurnState::Claimed, Some(head.turn.id)));
        assert_eq!((claim.session.id, claim.prompt), (head.session.id, head.prompt.clone()));
        assert_eq!(fixture.turn(claim.turn.id).await, claim.turn);
    }
    assert_eq!(turns.take_steers(&head.lease).await.unwrap(), [], "each once");
}

/// A steer that comes before anybody has begun with the head joins it when somebody has.
pub async fn a_steer_waits_for_a_head_that_has_not_begun(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let head = fixture.admit(&subject, Delivery::Queue).await;
    let steer = fixture.admit(&subject, Delivery::Steer).await;
    assert_eq!(steer.state, TurnState::Queued);
    let claim = fixture.claim().await.unwrap();
    assert_eq!(claim.turn.id, head.id);
    assert_eq!(turns.take_steers(&claim.lease).await.unwrap()[0].turn.id, steer.id);
}

/// Racing calls of one owner take each steer once.
pub async fn racing_takers_get_each_steer_once(fixture: &Fixture) {
    let subject = subject();
    let head = fixture.claimed(&subject).await;
    for _ in 0..8 {
        fixture.admit(&subject, Delivery::Steer).await;
    }
    let taken = race(16, |racer| {
        let (store, lease) = (fixture.handle(racer), head.lease.clone());
        async move { store.turns().take_steers(&lease).await.unwrap() }
    })
    .await;
    let mut ids: Vec<_> = taken.into_iter().flatten().map(|claim| claim.turn.id).collect();
    assert_eq!(ids.len(), 8);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 8);
}

/// What has joined shares the lease: it is renewed, lost and taken over with the turn that it has joined.
pub async fn joined_turns_share_the_lease(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let first = fixture.claimed(&subject).await;
    fixture.admit(&subject, Delivery::Steer).await;
    fixture.admit(&subject, Delivery::Interrupt).await;
    fixture.finish(&first.lease).await;
    // The turn that joins was admitted first, and must not be taken for the head because of that.
    let head = fixture.claim().await.expect("the interrupt is next");
    let joined = turns.take_steers(&head.lease).await.unwrap().remove(0);
    assert!(joined.turn.id < head.turn.id);
    fixture.clock().advance(LEASE / 2);
    turns.renew(std::slice::from_ref(&head.lease), LEASE).await.unwrap();
    let until = fixture.turn(head.turn.id).await.lease_until;
    assert_eq!(fixture.turn(joined.turn.id).await.lease_until, until, "the joined turn was renewed too");
    fixture.clock().advance(LEASE / 2 + TICK);
    assert_eq!(fixture.claim().await, None, "both are held");

    fixture.clock().advance(LEASE);
    let next = fixture.claim().await.expect("the lease has ended");
    assert_eq!(next.turn.id, head.turn.id, "a joined turn is not taken over by itself");
    assert_eq!(fixture.claim().await, None, "it was taken over with the turn that it has joined");
    refused(turns.advance(&joined.lease, TurnState::Running).await, ErrorKind::LeaseLost);
    refused(turns.finish(&joined.lease, &completed()).await, ErrorKind::LeaseLost);
    let renewed = turns.renew(std::slice::from_ref(&joined.lease), LEASE).await.unwrap();
    assert_eq!(renewed, [Renewal::Lost]);

    let record = fixture.turn(joined.turn.id).await;
    let lease = record.lease().expect("it has an owner");
    assert_eq!(lease, Lease::new(joined.turn.id, next.lease.owner.clone(), 2));
    assert_eq!(record.joined_to, Some(head.turn.id));
    assert!(turns.finish(&lease, &completed()).await.unwrap().applied);
    assert_eq!(fixture.turn(head.turn.id).await.state, TurnState::Claimed, "the other goes on");
}

/// A turn that has joined, waited again and joined once more by the same worker does not get its old lease back.
pub async fn a_lease_of_a_steer_never_comes_back(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let first = fixture.claimed(&subject).await;
    let steer = fixture.admit(&subject, Delivery::Steer).await;
    let old = turns.take_steers(&first.lease).await.unwrap().remove(0).lease;
    fixture.admit(&subject, Delivery::Interrupt).await;
    fixture.finish(&first.lease).await;
    let same_worker = ClaimRequest::new(first.lease.owner.clone(), LEASE);
    let next = turns.claim(&same_worker).await.unwrap().expect("the interrupt is next");
    let again = turns.take_steers(&next.lease).await.unwrap().remove(0).lease;
    assert_eq!((again.turn, &again.owner), (steer.id, &old.owner));
    refused(turns.advance(&old, TurnState::Prompting).await, ErrorKind::LeaseLost);
    turns.advance(&again, TurnState::Prompting).await.unwrap();
}
