//! Workers whose clocks are ten minutes apart.

use std::time::Duration;

use opencode_store::conformance::ManualClock;
use opencode_store::reply::Snapshot;
use opencode_store::turn::{Claim, Renewal, TurnFilter, TurnState};
use opencode_store::{ErrorKind, Store};
use opencode_wire::ids::SessionId;

use crate::place::Place;
use crate::steps::{LEASE, admission, append, claimed, completed, json, subject, to, worker};

/// A worker whose clock is right, and one whose clock is ahead.
async fn workers(place: &Place) -> (Store, Store) {
    let (right, ahead) = (ManualClock::default(), ManualClock::default());
    ahead.advance(Duration::from_secs(600));
    let store = place.open_at(&right).await;
    store.migrate().await.unwrap();
    (store, place.open_at(&ahead).await)
}

pub(crate) async fn a_stolen_lease_is_refused_everywhere(place: &Place) {
    let (behind, ahead) = workers(place).await;
    let old = claimed(&behind, "one").await;
    let new =
        ahead.turns().claim(&worker("thief")).await.unwrap().expect("its lease has ended by that clock");
    assert_eq!((new.turn.id, new.lease.attempt), (old.turn.id, 2));
    for store in [&behind, &ahead] {
        is_refused_everywhere(store, &old).await;
    }
    append(&ahead, &new, 0, 3).await.unwrap();
    // By the clock behind, the new lease lasts for ten minutes, and by neither can it be stolen back.
    assert!(behind.turns().claim(&worker("worker")).await.unwrap().is_none());
    assert!(ahead.turns().finish(&new.lease, &completed()).await.unwrap().applied);
    is_refused_everywhere(&behind, &old).await;
    assert!(!behind.turns().finish(&new.lease, &completed()).await.unwrap().applied);
}

async fn is_refused_everywhere(store: &Store, old: &Claim) {
    let (turns, lease) = (store.turns(), &old.lease);
    let request = opencode_store::blocker::NewBlocker::new(
        "per_1",
        SessionId::from_wire("ses_1"),
        opencode_store::blocker::BlockerKind::Permission,
        json("?"),
    );
    let errors = [
        append(store, old, 0, 3).await.err(),
        turns.advance(lease, TurnState::Prompting).await.err(),
        turns.finish(lease, &completed()).await.err(),
        turns.take_steers(lease).await.err(),
        turns.hand_over(lease).await.err(),
        store.replies().write_snapshot(lease, &Snapshot::default()).await.err(),
        store.blockers().ask(lease, &request).await.err(),
    ];
    for (call, error) in errors.into_iter().enumerate() {
        assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::LeaseLost), "call {call}");
    }
    assert_eq!(turns.renew(std::slice::from_ref(lease), LEASE).await.unwrap(), [Renewal::Lost]);
}

pub(crate) async fn a_lease_in_the_future_is_stolen_by_nobody_behind(place: &Place) {
    let (behind, ahead) = workers(place).await;
    let claim = claimed(&ahead, "one").await;
    assert!(behind.turns().claim(&worker("behind")).await.unwrap().is_none());
    // Renewed by a clock that is behind, it would be over by the other; the attempt still fences.
    let renewed = behind.turns().renew(std::slice::from_ref(&claim.lease), LEASE).await.unwrap();
    assert!(matches!(renewed[..], [Renewal::Renewed { .. }]), "{renewed:?}");
    append(&behind, &claim, 0, 3).await.unwrap();
    assert!(behind.turns().finish(&claim.lease, &completed()).await.unwrap().applied);
}

pub(crate) async fn turns_keep_their_order(place: &Place) {
    let (behind, ahead) = workers(place).await;
    let stores = [&behind, &ahead];
    for number in 0..12 {
        stores[number % 2].turns().admit(&to("one", &format!("turn {number}"))).await.unwrap();
    }
    for number in 0..12 {
        // In threes, so that each ends what the other has admitted too.
        let store = stores[number / 3 % 2];
        let claim = store.turns().claim(&worker("worker")).await.unwrap().unwrap();
        assert_eq!(claim.turn.idempotency_key, Some(format!("turn {number}")));
        assert!(
            stores[1 - number / 3 % 2]
                .turns()
                .claim(&worker("other"))
                .await
                .unwrap()
                .is_none_or(|stolen| { stolen.turn.id == claim.turn.id })
        );
        let turn = behind.turns().turn(claim.turn.id).await.unwrap().unwrap();
        let lease = opencode_store::turn::Lease::new(turn.id, turn.owner.unwrap(), turn.attempt);
        assert!(store.turns().finish(&lease, &completed()).await.unwrap().applied);
    }
    let session = behind.sessions().session(&subject("one")).await.unwrap().unwrap();
    let turns = ahead.turns().turns(session.id, TurnFilter::All, None, 100).await.unwrap();
    assert!(turns.len() == 12 && turns.iter().all(|turn| turn.state == TurnState::Ended));
}

pub(crate) async fn no_turn_ends_twice(place: &Place) {
    let (behind, ahead) = workers(place).await;
    for number in 0..30 {
        behind.turns().admit(&admission(&format!("turn {number}"))).await.unwrap();
    }
    let mut workers = Vec::new();
    for name in 0..8 {
        let store = if name % 2 == 0 { behind.clone() } else { ahead.clone() };
        workers.push(tokio::spawn(async move {
            let mut ended = Vec::new();
            // The clock ahead steals every lease of the clock behind, as often as it looks.
            while let Some(claim) = store.turns().claim(&worker(&format!("worker {name}"))).await.unwrap() {
                match store.turns().finish(&claim.lease, &completed()).await {
                    Ok(finished) => ended.extend(finished.applied.then_some(claim.turn.id)),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::LeaseLost, "{error:?}"),
                }
            }
            ended
        }));
    }
    let mut ended = Vec::new();
    for worker in workers {
        ended.extend(worker.await.unwrap());
    }
    ended.sort();
    let before = ended.len();
    ended.dedup();
    assert_eq!((ended.len(), before), (30, 30));
}
