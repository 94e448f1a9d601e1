//! Cases about turns whose owner's lease has ended.

use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::{LEASE, TICK, completed, refused, subject, unique};
use crate::error::ErrorKind;
use crate::turn::{ClaimRequest, Delivery, TurnState};

/// A turn whose owner is silent is taken over as it is, by one of any number, and before anything new is begun.
pub async fn a_lapsed_turn_is_taken_over_once(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let old = fixture.claimed(&subject()).await;
    let prompting = turns.advance(&old.lease, TurnState::Prompting).await.unwrap();
    turns.advance(&old.lease, TurnState::Running).await.unwrap();
    fixture.store().events().append(&old.lease, 0, &["one".to_owned(), "two".to_owned()]).await.unwrap();
    fixture.clock().advance(LEASE - TICK);
    assert_eq!(fixture.claim().await, None, "the lease holds");
    fixture.clock().advance(TICK * 2);
    let ready = fixture.admit(&subject(), Delivery::Queue).await;
    let claims = race(16, |racer| {
        let store = fixture.handle(racer);
        async move { store.turns().claim(&ClaimRequest::new(unique("worker"), LEASE)).await.unwrap() }
    })
    .await;
    let mut claims: Vec<_> = claims.into_iter().flatten().collect();
    claims.sort_by_key(|claim| claim.turn.id);
    let [new, begun] = &claims[..] else { panic!("two turns for sixteen workers: {claims:?}") };
    assert_eq!((begun.turn.id, begun.is_take_over()), (ready.id, false));
    assert_eq!((new.turn.id, new.lease.attempt, new.is_take_over()), (old.turn.id, 2, true));
    assert_eq!((new.turn.state, new.turn.prompted_at), (TurnState::Running, prompting.prompted_at));
    assert_eq!((new.turn.started_at, new.last_seq), (old.turn.started_at, 2));
    assert_ne!(new.lease.owner, old.lease.owner);
}

/// Turns of silent owners come before those that nobody has begun with, the oldest first.
pub async fn lapsed_turns_come_before_ready_ones(fixture: &Fixture) {
    let first = fixture.claimed(&subject()).await;
    let second = fixture.claimed(&subject()).await;
    let ready = fixture.admit(&subject(), Delivery::Queue).await;
    fixture.clock().advance(LEASE + TICK);
    for expected in [first.turn.id, second.turn.id, ready.id] {
        assert_eq!(fixture.claim().await.unwrap().turn.id, expected);
    }
}

/// The same worker may take its own turn over, and its old lease is as void as anybody's.
pub async fn a_worker_takes_over_from_itself(fixture: &Fixture) {
    let turns = fixture.store().turns();
    fixture.admit(&subject(), Delivery::Queue).await;
    let request = ClaimRequest::new("worker 1", LEASE);
    let old = turns.claim(&request).await.unwrap().unwrap();
    fixture.clock().advance(LEASE + TICK);
    let new = turns.claim(&request).await.unwrap().unwrap();
    assert_eq!((new.lease.attempt, &new.lease.owner), (2, &old.lease.owner));
    refused(turns.finish(&old.lease, &completed()).await, ErrorKind::LeaseLost);
    assert!(turns.finish(&new.lease, &completed()).await.unwrap().applied);
}

/// Of a take-over and the end by the lapsed owner, one happens.
pub async fn a_take_over_and_an_end_never_both_happen(fixture: &Fixture) {
    for _ in 0..32 {
        let old = fixture.claimed(&subject()).await;
        fixture.clock().advance(LEASE + TICK);
        let results = race(2, |racer| {
            let (store, lease) = (fixture.handle(racer), old.lease.clone());
            async move {
                if racer == 0 {
                    let request = ClaimRequest::new(unique("worker"), LEASE);
                    (store.turns().claim(&request).await.unwrap(), None)
                } else {
                    (None, Some(store.turns().finish(&lease, &completed()).await))
                }
            }
        })
        .await;
        let mut claim = None;
        let mut end = None;
        for (claimed, finished) in results {
            claim = claim.or(claimed);
            end = end.or(finished);
        }
        match (claim, end.expect("it was tried")) {
            (None, Ok(finished)) => assert!(finished.applied),
            (Some(claim), Err(error)) => {
                assert_eq!((error.kind(), claim.lease.attempt), (ErrorKind::LeaseLost, 2));
                fixture.finish(&claim.lease).await;
            }
            both => panic!("both or neither: {both:?}"),
        }
    }
}

/// What has ended is never claimed.
pub async fn an_ended_turn_is_not_claimed(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    fixture.finish(&claim.lease).await;
    fixture.clock().advance(LEASE * 10);
    assert_eq!(fixture.claim().await, None);
}
