//! Cases about answers.

use crate::blocker::{Answered, BlockerState};
use crate::conformance::Fixture;
use crate::conformance::race::{race, soon};
use crate::conformance::steps::{TICK, json, refused, subject};
use crate::error::ErrorKind;
use crate::turn::TurnId;

/// An answer is stored with who gave it and when, and whoever works on the turn is woken.
pub async fn an_answer_is_stored(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    let turn = claim.turn.id;
    let asked = fixture.question(&claim.lease, "que_1").await;
    fixture.clock().advance(TICK);
    let mut watch = fixture.store().events().watch_turn(turn);
    let answered = fixture.store().blockers().answer(turn, "que_1", &json("Größe"), "ann").await.unwrap();
    soon("the wake-up by an answer", watch.changed()).await;
    let Answered::Accepted(record) = answered else { panic!("not accepted: {answered:?}") };
    assert_eq!((record.state, &record.answer), (BlockerState::Answered, &Some(json("Größe"))));
    assert_eq!(record.answered_by.as_deref(), Some("ann"));
    assert_eq!(record.answered_at.unwrap().as_millisecond(), fixture.unix_millis());
    assert_eq!((&record.request, record.asked_at), (&asked.request, asked.asked_at));
    assert_eq!(fixture.blocker(turn).await, record);
}

/// Of any number of answers one is accepted, and the others are told that they are too late, and what it was.
pub async fn one_of_many_answers_is_accepted(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    let turn = claim.turn.id;
    fixture.question(&claim.lease, "que_1").await;
    let results = race(16, |racer| {
        let store = fixture.handle(racer);
        async move { store.blockers().answer(turn, "que_1", &json(&racer), &format!("person {racer}")).await }
    })
    .await;
    let stored = fixture.blocker(turn).await;
    let mut accepted = 0;
    for result in results {
        match result.unwrap() {
            Answered::Accepted(record) => {
                accepted += 1;
                assert_eq!(record, stored);
            }
            Answered::TooLate(record) => assert_eq!(record, stored),
            repeated @ Answered::Repeated(_) => panic!("every answer is another one: {repeated:?}"),
        }
    }
    assert_eq!(accepted, 1);
}

/// The same answer by the same person is accepted once and repeated then; by another person it is too late.
pub async fn a_repeated_answer_is_recognised(fixture: &Fixture) {
    let blockers = fixture.store().blockers();
    let claim = fixture.claimed(&subject()).await;
    let turn = claim.turn.id;
    fixture.question(&claim.lease, "que_1").await;
    let results = race(16, |racer| {
        let store = fixture.handle(racer);
        async move { store.blockers().answer(turn, "que_1", &json("a"), "ann").await.unwrap() }
    })
    .await;
    let accepted = results.iter().filter(|answered| matches!(answered, Answered::Accepted(_))).count();
    let repeated = results.iter().filter(|answered| matches!(answered, Answered::Repeated(_))).count();
    assert_eq!((accepted, repeated), (1, 15));
    for (answer, by) in [("a", "bob"), ("b", "ann")] {
        let late = blockers.answer(turn, "que_1", &json(answer), by).await.unwrap();
        assert!(matches!(late, Answered::TooLate(_)), "{late:?}");
    }
    blockers.settle(&claim.lease, "que_1", BlockerState::Delivered).await.unwrap();
    let again = blockers.answer(turn, "que_1", &json("a"), "ann").await.unwrap();
    let Answered::Repeated(record) = again else { panic!("it is on the server: {again:?}") };
    assert_eq!(record, fixture.blocker(turn).await);
}

/// An answer to what has expired, was withdrawn, or belongs to a turn that has ended is too late, and is not stored.
pub async fn late_answers_are_told_so(fixture: &Fixture) {
    let blockers = fixture.store().blockers();
    for end in [Some(BlockerState::Expired), Some(BlockerState::Withdrawn), None] {
        let claim = fixture.claimed(&subject()).await;
        fixture.question(&claim.lease, "que_1").await;
        match end {
            Some(end) => assert!(blockers.settle(&claim.lease, "que_1", end).await.unwrap()),
            None => assert!(fixture.finish(&claim.lease).await.applied),
        }
        let answered = blockers.answer(claim.turn.id, "que_1", &json("a"), "ann").await.unwrap();
        let Answered::TooLate(record) = answered else { panic!("not too late: {answered:?}") };
        assert_eq!(record.state, end.unwrap_or(BlockerState::Withdrawn));
        assert_eq!((&record.answer, &record.answered_by, record.answered_at), (&None, &None, None));
        assert_eq!(fixture.blocker(claim.turn.id).await, record);
    }
}

/// An answer is for a request that there is.
pub async fn an_unknown_request_is_not_answered(fixture: &Fixture) {
    let blockers = fixture.store().blockers();
    let (first, second) = (fixture.claimed(&subject()).await, fixture.claimed(&subject()).await);
    fixture.question(&first.lease, "que_1").await;
    for (turn, id) in [(first.turn.id, "que_2"), (second.turn.id, "que_1"), (TurnId::new(i64::MAX), "que_1")]
    {
        refused(blockers.answer(turn, id, &json("a"), "ann").await, ErrorKind::NotFound);
    }
    assert_eq!(fixture.blocker(first.turn.id).await.state, BlockerState::Open);
}
