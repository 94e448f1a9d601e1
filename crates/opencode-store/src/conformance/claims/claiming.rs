//! Cases about turns that are ready.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::blocker::{BlockerKind, NewBlocker};
use crate::conformance::Fixture;
use crate::conformance::race::{race, soon};
use crate::conformance::steps::{LEASE, completed, json, refused, subject, unique};
use crate::error::ErrorKind;
use crate::session::SessionRowId;
use crate::turn::{ClaimRequest, Delivery, StopReason, TurnId, TurnState};

/// Whoever claims a turn gets all that is needed to work on it.
pub async fn a_claim_has_everything(fixture: &Fixture) {
    let turns = fixture.store().turns();
    assert_eq!(fixture.claim().await, None, "there is nothing to do");
    let subject = subject();
    let bound = fixture.bound(&subject).await;
    let admitted = fixture.admit(&subject, Delivery::Queue).await;
    let request = ClaimRequest::new("worker 1", LEASE);
    let claim = turns.claim(&request).await.unwrap().expect("it is ready");
    assert_eq!(
        (claim.lease.turn, claim.lease.owner.as_str(), claim.lease.attempt),
        (admitted.id, "worker 1", 1)
    );
    assert_eq!((claim.session.id, &claim.session.upstream_id), (bound.id, &bound.upstream_id));
    assert_eq!((claim.last_seq, claim.is_take_over()), (0, false));
    let now = fixture.unix_millis();
    let until = now + i64::try_from(LEASE.as_millis()).unwrap();
    let turn = &claim.turn;
    assert_eq!((turn.state, turn.owner.as_deref(), turn.attempt), (TurnState::Claimed, Some("worker 1"), 1));
    assert_eq!(turn.lease_until.unwrap().as_millisecond(), until);
    assert_eq!(turn.started_at.unwrap().as_millisecond(), now);
    assert_eq!(&fixture.other().turns().turn(admitted.id).await.unwrap().unwrap(), turn);
    for owner in ["a\0b", &"o".repeat(513)] {
        refused(turns.claim(&ClaimRequest::new(owner, LEASE)).await, ErrorKind::InvalidInput);
    }
}

/// Of any number of workers one gets a turn of a session, however many of its turns wait.
pub async fn one_turn_of_a_session_is_claimed(fixture: &Fixture) {
    let subject = subject();
    for delivery in [Delivery::Queue, Delivery::Queue, Delivery::Steer] {
        fixture.admit(&subject, delivery).await;
    }
    let claims = race(32, |racer| {
        let store = fixture.handle(racer);
        async move { store.turns().claim(&ClaimRequest::new(unique("worker"), LEASE)).await.unwrap() }
    })
    .await;
    assert_eq!(claims.into_iter().flatten().count(), 1);
}

/// 16 workers run 200 turns of 50 sessions: each turn once, never two of a session, and each session in order.
pub async fn workers_never_share_a_turn(fixture: &Fixture) {
    let mut admitted: HashMap<SessionRowId, Vec<TurnId>> = HashMap::new();
    let subjects: Vec<_> = (0..50).map(|_| subject()).collect();
    for _ in 0..4 {
        for subject in &subjects {
            let turn = fixture.admit(subject, Delivery::Queue).await;
            admitted.entry(turn.session).or_default().push(turn.id);
        }
    }
    let left = Arc::new(AtomicUsize::new(200));
    let done: Arc<Mutex<HashMap<SessionRowId, Vec<TurnId>>>> = Arc::default();
    let busy: Arc<Mutex<HashSet<SessionRowId>>> = Arc::default();
    race(16, |racer| {
        let store = fixture.handle(racer);
        let (left, done, busy) = (Arc::clone(&left), Arc::clone(&done), Arc::clone(&busy));
        async move {
            let turns = store.turns();
            let request = ClaimRequest::new(unique("worker"), LEASE);
            while left.load(Ordering::SeqCst) > 0 {
                let Some(claim) = turns.claim(&request).await.unwrap() else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let session = claim.turn.session;
                assert!(busy.lock().unwrap().insert(session), "two turns of a session at once");
                done.lock().unwrap().entry(session).or_default().push(claim.turn.id);
                tokio::task::yield_now().await;
                assert!(busy.lock().unwrap().remove(&session));
                assert!(turns.finish(&claim.lease, &completed()).await.unwrap().applied);
                left.fetch_sub(1, Ordering::SeqCst);
            }
        }
    })
    .await;
    assert_eq!(*done.lock().unwrap(), admitted);
}

/// Turns of scopes that have enough are left to others.
pub async fn skipped_scopes_are_left_out(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let (first, second) = (subject(), subject());
    fixture.admit(&first, Delivery::Queue).await;
    let wanted = fixture.admit(&second, Delivery::Queue).await;
    let request = ClaimRequest::new(unique("worker"), LEASE);
    let both = vec![first.scope().to_owned(), second.scope().to_owned()];
    assert_eq!(turns.claim(&request.clone().without_scopes(both)).await.unwrap(), None);
    let request = request.without_scopes(vec![first.scope().to_owned()]);
    assert_eq!(turns.claim(&request).await.unwrap().unwrap().turn.id, wanted.id);
    assert_eq!(turns.claim(&request).await.unwrap(), None);
}

/// A turn that nobody has begun with is claimed in the order of admission, over all sessions.
pub async fn the_oldest_ready_turn_comes_first(fixture: &Fixture) {
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(fixture.admit(&subject(), Delivery::Queue).await.id);
    }
    for id in expected {
        assert_eq!(fixture.claim().await.unwrap().turn.id, id);
    }
}

/// Whoever wants one turn gets that one or none, and leaves the others alone.
pub async fn a_chosen_turn_is_claimed_when_it_can_be(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let other = fixture.admit(&self::subject(), Delivery::Queue).await;
    let head = fixture.admit(&subject, Delivery::Queue).await;
    let next = fixture.admit(&subject, Delivery::Queue).await;
    let only = |turn| ClaimRequest::new("chooser", LEASE).only(turn);
    assert_eq!(turns.claim(&only(next.id)).await.unwrap(), None, "it waits behind another");
    let claim = turns.claim(&only(head.id)).await.unwrap().expect("it is ready");
    assert_eq!((claim.turn.id, claim.lease.attempt), (head.id, 1));
    assert_eq!(turns.claim(&only(head.id)).await.unwrap(), None, "somebody works on it");
    fixture.clock().advance(LEASE * 2);
    let claim = turns.claim(&only(head.id)).await.unwrap().expect("its lease has ended");
    assert_eq!(claim.lease.attempt, 2);
    let mut watch = fixture.store().events().watch_turn(next.id);
    fixture.finish(&claim.lease).await;
    soon("the wake-up of a turn that is next", watch.changed()).await;
    assert_eq!(turns.claim(&only(head.id)).await.unwrap(), None, "it has ended");
    assert_eq!(turns.claim(&only(next.id)).await.unwrap().unwrap().turn.id, next.id);
    assert_eq!(fixture.turn(other.id).await.attempt, 0);
}

/// Whoever works on a turn is woken by what he has to look at, and not by what he writes himself.
pub async fn the_owner_of_a_turn_is_woken_by_orders(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let claim = fixture.claimed(&subject).await;
    let request = NewBlocker::new("per_1", "ses_1".parse().unwrap(), BlockerKind::Permission, json("may I?"));
    let mut watch = turns.watch_orders(claim.turn.id);
    turns.advance(&claim.lease, TurnState::Prompting).await.unwrap();
    fixture.store().events().append(&claim.lease, 0, &["said".to_owned()]).await.unwrap();
    let blockers = fixture.store().blockers();
    blockers.ask(&claim.lease, &request).await.unwrap();
    assert!(!watch.has_changed(), "it wrote that itself");

    blockers.answer(claim.turn.id, "per_1", &json("yes"), "somebody").await.unwrap();
    soon("the wake-up by an answer", watch.changed()).await;
    fixture.admit(&subject, Delivery::Steer).await;
    soon("the wake-up by a steer", watch.changed()).await;
    fixture.admit(&subject, Delivery::Interrupt).await;
    soon("the wake-up by an interrupt", watch.changed()).await;
    turns.request_stop(claim.turn.id, StopReason::Cancelled).await.unwrap();
    soon("the wake-up by a stop", watch.changed()).await;
}

/// Workers are woken by a turn that is admitted, by one that becomes the next, and by one that is handed over.
pub async fn workers_are_woken(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let mut watch = turns.watch_work();
    fixture.admit(&subject, Delivery::Queue).await;
    soon("the wake-up by an admitted turn", watch.changed()).await;

    let claim = fixture.claim().await.unwrap();
    fixture.admit(&subject, Delivery::Queue).await;
    let mut watch = turns.watch_work();
    fixture.finish(&claim.lease).await;
    soon("the wake-up by the next turn", watch.changed()).await;

    let claim = fixture.claim().await.unwrap();
    let mut watch = turns.watch_work();
    turns.hand_over(&claim.lease).await.unwrap();
    soon("the wake-up by a turn that is handed over", watch.changed()).await;

    let claim = fixture.claim().await.unwrap();
    fixture.finish(&claim.lease).await;
    let head = fixture.admit(&subject, Delivery::Queue).await;
    fixture.admit(&subject, Delivery::Queue).await;
    let mut watch = turns.watch_work();
    turns.request_stop(head.id, StopReason::Cancelled).await.unwrap();
    soon("the wake-up by a withdrawn head", watch.changed()).await;
}
