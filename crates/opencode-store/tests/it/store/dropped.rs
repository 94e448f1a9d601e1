//! Calls whose futures are dropped at each of their waits.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use opencode_store::blocker::BlockerState;
use opencode_store::session::{MintClaim, SessionStatus};
use opencode_store::turn::TurnState;
use opencode_store::{ErrorKind, Store};

use super::dropped_calls::{Calls, parts_and_steps};
use crate::place::Place;
use crate::steps::{admission, claimed, completed, soon, subject, to, worker};

/// Polls a call at most so often, each time when it is woken, and drops it then. `None` when it was dropped.
async fn dropped_after<F: Future>(polls: usize, call: F) -> Option<F::Output> {
    let mut call = pin!(call);
    let mut left = polls;
    poll_fn(|context| {
        while left > 0 {
            left -= 1;
            return match call.as_mut().poll(context) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending if left == 0 => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            };
        }
        Poll::Ready(None)
    })
    .await
}

/// Drops a call after each of its polls, until it completes. After each, the same call once more finds everything done
/// or nothing, and waits for no transaction that was left open.
///
/// A store that lost a connection with each would have none left by the end.
async fn at_every_wait<T>(
    store: &Store,
    name: &str,
    mut call: impl AsyncFnMut(Calls) -> T,
    mut check: impl AsyncFnMut(Calls),
) {
    let mut polls = 0;
    let mut round = 0;
    // The answer may be there at once or after a wait, so that each number of polls is tried more than once.
    while polls < 4 {
        let calls = Calls::prepare(store, &format!("{name} {round}")).await;
        let completed = dropped_after(polls, call(calls.clone())).await.is_some();
        soon("the call once more", check(calls.clone())).await;
        soon("the end", calls.end()).await;
        round += 1;
        polls += usize::from(round % 5 == 0);
        if completed && round > 15 {
            return;
        }
    }
}

pub(crate) async fn an_admission_is_whole_or_not_there(place: &Place) {
    let store = place.migrated().await;
    let call = async |calls: Calls| calls.admit_long().await;
    at_every_wait(&store, "admit", call, async |calls| {
        let admitted = calls.admit_long().await.unwrap();
        let prompt = calls.store.turns().prompt(admitted.turn.id).await.unwrap().unwrap();
        assert!(prompt.as_str().len() > 5000, "the prompt, which is in another table");
        assert_eq!(
            calls.store.turns().turn_by_message(&admitted.turn.message_id).await.unwrap(),
            Some(admitted.turn)
        );
    })
    .await;
}

pub(crate) async fn an_append_is_whole_or_not_there(place: &Place) {
    let store = place.migrated().await;
    let call = async |calls: Calls| calls.append().await;
    at_every_wait(&store, "append", call, async |calls| {
        match calls.append().await {
            Ok(last) => assert_eq!(last, 3),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}"),
        }
        let page = calls.store.events().read(calls.claim.turn.id, 0, 10).await.unwrap();
        assert_eq!((page.events.len(), page.last_seq), (3, 3));
    })
    .await;
}

pub(crate) async fn a_snapshot_is_whole_or_not_there(place: &Place) {
    let store = place.migrated().await;
    let call = async |calls: Calls| calls.write_snapshot().await;
    at_every_wait(&store, "snapshot", call, async |calls| {
        // The dropped call may still be under way, and what was counted is looked at after what was counted with it.
        let (parts, steps) = parts_and_steps(&calls.store, calls.claim.turn.id).await;
        assert!(parts == 0 || (parts == 2 && steps == 1), "{parts} parts and {steps} steps");
        calls.write_snapshot().await.unwrap();
        assert_eq!(parts_and_steps(&calls.store, calls.claim.turn.id).await, (2, 1));
    })
    .await;
}

pub(crate) async fn an_end_is_whole_or_not_there(place: &Place) {
    let store = place.migrated().await;
    let call = async |calls: Calls| calls.store.turns().finish(&calls.claim.lease, &completed()).await;
    at_every_wait(&store, "finish", call, async |calls| {
        let key = calls.key.clone();
        calls.store.turns().finish(&calls.claim.lease, &completed()).await.unwrap();
        let asked = calls.store.blockers().blockers(calls.claim.turn.id).await.unwrap();
        assert_eq!(asked[0].state, BlockerState::Withdrawn);
        let next = calls.store.turns().admit(&to(&key, &format!("{key} next"))).await.unwrap().turn;
        assert_eq!(next.state, TurnState::Ready, "the next one of the session may be claimed");
        let session = calls.store.sessions().session(&subject(&key)).await.unwrap().unwrap();
        assert_eq!(session.status, SessionStatus::Idle);
    })
    .await;
}

pub(crate) async fn a_claim_is_whole_or_not_there(place: &Place) {
    let store = place.migrated().await;
    let call = async |calls: Calls| calls.store.turns().claim(&worker("dropped")).await;
    at_every_wait(&store, "claim", call, async |calls| {
        let turn = calls.next.clone();
        // Either this one or the one that was dropped has it.
        let again = calls.store.turns().claim(&worker("again")).await.unwrap();
        let turn = calls.store.turns().turn(turn.id).await.unwrap().unwrap();
        assert_eq!((turn.state, turn.attempt), (TurnState::Claimed, 1));
        let owner = if again.is_some() { "again" } else { "dropped" };
        assert_eq!(turn.owner.as_deref(), Some(owner));
        assert!(turn.lease_until.is_some() && turn.started_at.is_some());
        let session = calls.store.sessions().session_by_row(turn.session).await.unwrap().unwrap();
        assert_eq!(session.status, SessionStatus::Active);
    })
    .await;
}

pub(crate) async fn an_attempt_to_mint_is_whole_or_not_there(place: &Place) {
    let store = place.migrated().await;
    let call = async |calls: Calls| calls.store.sessions().begin_mint(&calls.mint_request()).await;
    at_every_wait(&store, "mint", call, async |calls| {
        let request = calls.mint_request();
        let claim = calls.store.sessions().begin_mint(&request).await.unwrap();
        assert!(matches!(claim, MintClaim::Claimed(_) | MintClaim::Taken { .. }), "{claim:?}");
        // What is noted can be bound: the attempt holds the session, and the sweeper knows it.
        let session = calls.store.sessions().session(&request.subject).await.unwrap().unwrap();
        let bound = calls.bind(session, &request).await;
        assert_eq!(bound.generation, 1);
    })
    .await;
}

pub(crate) async fn a_name_is_whole_or_not_there(place: &Place) {
    let store = place.migrated().await;
    let call = async |calls: Calls| calls.put_artifact().await;
    at_every_wait(&store, "artifact", call, async |calls| {
        let end = calls.put_artifact().await.unwrap();
        assert_eq!(end.artifact.revision, 1);
        let known = calls.store.artifact_index().known_objects(&[end.object_key.clone()]).await.unwrap();
        assert_eq!(known, [end.object_key]);
        assert_eq!(calls.store.artifact_index().artifacts(calls.claim.turn.id).await.unwrap().len(), 1);
    })
    .await;
    let claim = claimed(&store, "after").await;
    assert_eq!(
        claim.turn.idempotency_key.as_deref(),
        Some(admission("after").idempotency_key.unwrap().as_str())
    );
}
