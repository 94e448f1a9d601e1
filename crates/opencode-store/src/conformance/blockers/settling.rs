//! Cases about what becomes of requests.

use crate::blocker::{Answered, BlockerState};
use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::{json, subject};

const STATES: [BlockerState; 5] = [
    BlockerState::Open,
    BlockerState::Answered,
    BlockerState::Delivered,
    BlockerState::Expired,
    BlockerState::Withdrawn,
];

/// What is open expires or is withdrawn, what is answered is delivered or withdrawn, and nothing else changes.
pub async fn requests_settle_by_the_rules(fixture: &Fixture) {
    let blockers = fixture.store().blockers();
    for answered in [false, true] {
        for first in STATES {
            for second in STATES {
                let claim = fixture.claimed(&subject()).await;
                let mut state = fixture.question(&claim.lease, "que_1").await.state;
                if answered {
                    blockers.answer(claim.turn.id, "que_1", &json("a"), "ann").await.unwrap();
                    state = BlockerState::Answered;
                }
                for end in [first, second] {
                    let settled = blockers.settle(&claim.lease, "que_1", end).await.unwrap();
                    assert_eq!(settled, state.may_settle_as(end), "{state} to {end}");
                    state = if settled { end } else { state };
                    let record = fixture.blocker(claim.turn.id).await;
                    assert_eq!((record.state, record.answer.is_some()), (state, answered));
                }
            }
        }
    }
}

/// Of an answer and the end of the time for it, one happens.
pub async fn an_answer_and_an_expiry_never_both_happen(fixture: &Fixture) {
    for _ in 0..32 {
        let claim = fixture.claimed(&subject()).await;
        fixture.question(&claim.lease, "que_1").await;
        let results = race(2, |racer| {
            let (store, lease) = (fixture.handle(racer), claim.lease.clone());
            async move {
                let blockers = store.blockers();
                if racer == 0 {
                    return blockers.settle(&lease, "que_1", BlockerState::Expired).await.unwrap();
                }
                let answered = blockers.answer(lease.turn, "que_1", &json("a"), "ann").await.unwrap();
                matches!(answered, Answered::Accepted(_))
            }
        })
        .await;
        let expected = if results[0] { BlockerState::Expired } else { BlockerState::Answered };
        assert_ne!(results[0], results[1], "expired, accepted");
        assert_eq!(fixture.blocker(claim.turn.id).await.state, expected);
    }
}
