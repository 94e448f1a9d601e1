//! Cases about requests that come up.

use jiff::Timestamp;

use super::question;
use crate::blocker::{Answered, BlockerKind, BlockerRecord, BlockerState, NewBlocker, OpenIn};
use crate::conformance::Fixture;
use crate::conformance::race::{race, soon};
use crate::conformance::steps::{TICK, json, refused, subject, unique, upstream_id};
use crate::error::ErrorKind;
use crate::session::{SessionRowId, Subject};
use crate::turn::TurnId;

/// A request is stored as it came up, and another process sees it.
pub async fn a_request_is_stored(fixture: &Fixture) {
    let blockers = fixture.store().blockers();
    let claim = fixture.claimed(&subject()).await;
    let payload = json(&serde_json::json!({ "title": "Größe 😀", "options": ["a", "b"] }));
    let expiry = Timestamp::from_millisecond(fixture.unix_millis() + 1234).unwrap();
    let request =
        NewBlocker::new("per_1", upstream_id(), BlockerKind::Permission, payload).with_expiry(expiry);
    let mut watch = fixture.store().events().watch_turn(claim.turn.id);
    let record = blockers.ask(&claim.lease, &request).await.unwrap();
    soon("the wake-up by a request", watch.changed()).await;
    let now = Timestamp::from_millisecond(fixture.unix_millis()).unwrap();
    assert_eq!(record, BlockerRecord::new(claim.turn.id, claim.turn.session, request, now));
    assert_eq!(fixture.blocker(claim.turn.id).await, record);
    assert_eq!(blockers.blockers(TurnId::new(i64::MAX)).await.unwrap(), []);
}

/// Whoever asks again, after a restart or a take-over, gets what is stored, with the answer that came in between.
pub async fn asking_again_gives_what_is_stored(fixture: &Fixture) {
    let blockers = fixture.store().blockers();
    let claim = fixture.claimed(&subject()).await;
    let request = question("que_1");
    let asked = race(16, |racer| {
        let (store, lease, request) = (fixture.handle(racer), claim.lease.clone(), request.clone());
        async move { store.blockers().ask(&lease, &request).await.unwrap() }
    })
    .await;
    assert!(asked.iter().all(|record| *record == asked[0]), "{asked:?}");
    fixture.clock().advance(TICK);
    let answered =
        fixture.other().blockers().answer(claim.turn.id, "que_1", &json("a"), "ann").await.unwrap();
    let Answered::Accepted(answered) = answered else { panic!("not accepted: {answered:?}") };
    fixture.store().turns().hand_over(&claim.lease).await.unwrap();
    let next = fixture.claim().await.unwrap();
    assert_eq!(blockers.ask(&next.lease, &request).await.unwrap(), answered);
    assert_eq!(fixture.blocker(claim.turn.id).await, answered);
}

/// Open requests are listed by turn, session and scope, and everywhere, the oldest first.
pub async fn open_requests_are_listed(fixture: &Fixture) {
    let blockers = fixture.store().blockers();
    let scope = unique("scope");
    let mut leases = Vec::new();
    for key in ["first", "second"] {
        leases.push(fixture.claimed(&Subject::new(&scope, key).unwrap()).await);
    }
    leases.push(fixture.claimed(&subject()).await);
    // The order of asking is not the order of turns.
    for (turn, id) in [(2, "e"), (0, "b"), (1, "a"), (0, "d"), (0, "answered"), (1, "expired")] {
        fixture.question(&leases[turn].lease, id).await;
        fixture.clock().advance(TICK);
    }
    blockers.answer(leases[0].turn.id, "answered", &json("a"), "ann").await.unwrap();
    assert!(blockers.settle(&leases[1].lease, "expired", BlockerState::Expired).await.unwrap());
    let open = async |within, limit| -> Vec<String> {
        let records = blockers.open_blockers(&within, limit).await.unwrap();
        records.into_iter().map(|record| record.request.request_id).collect()
    };
    assert_eq!(open(OpenIn::Turn(leases[0].turn.id), 10).await, ["b", "d"]);
    assert_eq!(open(OpenIn::Session(leases[1].turn.session), 10).await, ["a"]);
    assert_eq!(open(OpenIn::Scope(scope.clone()), 10).await, ["b", "a", "d"]);
    assert_eq!(open(OpenIn::Scope(scope), 2).await, ["b", "a"]);
    assert_eq!(open(OpenIn::Everywhere, 10).await, ["e", "b", "a", "d"]);
    let nobody = [
        OpenIn::Turn(TurnId::new(i64::MAX)),
        OpenIn::Session(SessionRowId::new(i64::MAX)),
        OpenIn::Scope(unique("scope")),
    ];
    for within in nobody {
        assert!(open(within, 10).await.is_empty());
    }
    let all = blockers.blockers(leases[0].turn.id).await.unwrap();
    let all: Vec<_> = all.iter().map(|record| record.request.request_id.as_str()).collect();
    assert_eq!(all, ["b", "d", "answered"], "whatever became of them");
}

/// What no database can keep is refused.
pub async fn invalid_requests_are_refused(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    for id in ["", "a\0b", &"i".repeat(513)] {
        refused(fixture.store().blockers().ask(&claim.lease, &question(id)).await, ErrorKind::InvalidInput);
    }
    assert_eq!(fixture.store().blockers().blockers(claim.turn.id).await.unwrap(), []);
}
