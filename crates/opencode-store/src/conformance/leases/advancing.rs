//! Cases about how far a turn has come.

use crate::conformance::Fixture;
use crate::conformance::steps::{TICK, refused, subject};
use crate::error::ErrorKind;
use crate::turn::TurnState;

/// A turn goes forward, says again where it is, and keeps when its prompt was about to be posted.
pub async fn a_turn_goes_forward(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let claim = fixture.claimed(&subject()).await;
    fixture.clock().advance(TICK);
    let prompted_at = fixture.unix_millis();
    for to in [TurnState::Prompting, TurnState::Prompting, TurnState::Running, TurnState::Running] {
        let turn = turns.advance(&claim.lease, to).await.unwrap();
        assert_eq!((turn.id, turn.state), (claim.turn.id, to));
        assert_eq!(turn.prompted_at.unwrap().as_millisecond(), prompted_at, "when it was first said");
        assert_eq!(fixture.turn(turn.id).await, turn);
        fixture.clock().advance(TICK);
    }
}

/// A turn does not go back, and `advance` neither claims nor ends it.
pub async fn a_turn_does_not_go_back(fixture: &Fixture) {
    let turns = fixture.store().turns();
    let claim = fixture.claimed(&subject()).await;
    let never = [TurnState::Queued, TurnState::Ready, TurnState::Claimed, TurnState::Ended];
    for reached in [TurnState::Prompting, TurnState::Running] {
        let before = turns.advance(&claim.lease, reached).await.unwrap();
        for to in never {
            refused(turns.advance(&claim.lease, to).await, ErrorKind::InvalidInput);
        }
        assert_eq!(fixture.turn(claim.turn.id).await, before);
    }
    refused(turns.advance(&claim.lease, TurnState::Prompting).await, ErrorKind::InvalidInput);
}
