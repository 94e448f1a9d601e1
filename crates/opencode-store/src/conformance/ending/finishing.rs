//! Cases about finishing a turn.

use crate::conformance::Fixture;
use crate::conformance::race::{race, soon};
use crate::conformance::steps::{TICK, completed, json, subject};
use crate::session::SessionStatus;
use crate::turn::{Delivery, EndKind, TurnEnd, TurnState};

/// A turn that ends keeps how and when, and lets the next one of its session be claimed.
pub async fn a_turn_ends_and_the_next_is_ready(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let subject = subject();
    let claim = fixture.claimed(&subject).await;
    let next = fixture.admit(&subject, Delivery::Queue).await;
    assert_eq!(fixture.claim().await, None, "one at a time");
    fixture.clock().advance(TICK);
    let detail = json(&serde_json::json!({ "kept": "Größe" }));
    let end = TurnEnd::new(EndKind::Failed, "the provider failed").with_detail(detail);
    let mut watch = fixture.store().events().watch_turn(claim.turn.id);
    let finished = turns.finish(&claim.lease, &end).await.unwrap();
    soon("the wake-up by the end", watch.changed()).await;
    assert!(finished.applied);
    let turn = finished.turn;
    assert_eq!((turn.state, turn.end.as_ref()), (TurnState::Ended, Some(&end)));
    assert_eq!((turn.owner.as_deref(), turn.attempt), (Some(claim.lease.owner.as_str()), 1));
    assert_eq!(turn.ended_at.unwrap().as_millisecond(), fixture.unix_millis());
    assert_eq!(fixture.other().turns().turn(turn.id).await.unwrap(), Some(turn));
    assert_eq!(fixture.turn(next.id).await.state, TurnState::Ready);
    assert_eq!(fixture.claim().await.unwrap().turn.id, next.id);
}

/// Every kind of end is kept.
pub async fn every_kind_of_end_is_kept(fixture: &Fixture) {
    let kinds = [
        EndKind::Completed,
        EndKind::CompletedWithoutText,
        EndKind::Truncated,
        EndKind::Cancelled,
        EndKind::Failed,
        EndKind::Limit,
        EndKind::Unanswered,
        EndKind::Lost,
        EndKind::Superseded,
    ];
    for kind in kinds {
        let claim = fixture.claimed(&subject()).await;
        let end = TurnEnd::new(kind, "as it is");
        fixture.store().turns().finish(&claim.lease, &end).await.unwrap();
        assert_eq!(fixture.turn(claim.turn.id).await.end, Some(end));
    }
}

/// Of any number of calls that end a turn, one does, and all are told how it ended.
pub async fn a_turn_ends_once(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    let results = race(16, |racer| {
        let (store, lease) = (fixture.handle(racer), claim.lease.clone());
        let end = TurnEnd::new(EndKind::Completed, format!("by {racer}"));
        async move { (store.turns().finish(&lease, &end).await.unwrap(), end) }
    })
    .await;
    let applied: Vec<_> = results.iter().filter(|(finished, _)| finished.applied).collect();
    let [(first, end)] = applied[..] else { panic!("not one call ended it: {applied:?}") };
    assert_eq!(first.turn.end.as_ref(), Some(end));
    assert!(results.iter().all(|(finished, _)| finished.turn == first.turn));
}

/// A session is active while a turn of it runs, also one that was closed, and idle afterwards.
pub async fn a_session_is_active_while_a_turn_runs(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    let bound = fixture.bound(&subject).await;
    let status = async || sessions.session(&subject).await.unwrap().unwrap().status;
    assert!(sessions.set_status(bound.id, 1, SessionStatus::Closed).await.unwrap());
    let claim = fixture.claimed(&subject).await;
    assert_eq!(claim.session.status, SessionStatus::Active);
    assert_eq!(status().await, SessionStatus::Active);
    fixture.store().turns().finish(&claim.lease, &completed()).await.unwrap();
    assert_eq!(status().await, SessionStatus::Idle);
}

/// What the host has closed while a turn ran stays closed when the turn ends.
pub async fn a_session_closed_while_a_turn_runs_stays_closed(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    let bound = fixture.bound(&subject).await;
    let claim = fixture.claimed(&subject).await;
    assert!(sessions.set_status(bound.id, 1, SessionStatus::Closed).await.unwrap());
    fixture.finish(&claim.lease).await;
    assert_eq!(sessions.session(&subject).await.unwrap().unwrap().status, SessionStatus::Closed);
}
