//! Whatever is done in whichever order, the invariants hold, and every turn ends once.

use std::time::Duration;

use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;
use proptest::prelude::*;

use super::state::State;
use crate::doctor::Severity;
use crate::error::ErrorKind;
use crate::session::Subject;
use crate::turn::{
    Admission, Claim, ClaimRequest, Delivery, EndKind, Lease, StopReason, TurnEnd, TurnId, TurnState,
};

const LEASE: Duration = Duration::from_millis(20);
const DELIVERIES: [Delivery; 4] = [Delivery::Queue, Delivery::Steer, Delivery::Interrupt, Delivery::Reject];

/// Does something to a turn or with a lease that was ever given out; `pick` says to which.
fn step(state: &mut State, leases: &mut Vec<Lease>, action: u8, pick: usize) {
    state.now += 1;
    let turn = TurnId::new(i64::try_from(pick % 24).unwrap() + 1);
    let delivery = DELIVERIES[pick % 4];
    let lease = leases.get(pick % leases.len().max(1)).cloned();
    let lease = lease.unwrap_or_else(|| Lease::new(turn, "nobody", 1));
    let keep = |leases: &mut Vec<Lease>, claim: Claim| leases.push(claim.lease);
    let outcome = match action {
        0..=3 => {
            let subject = Subject::new("acme", (pick % 3).to_string()).unwrap();
            let message = MessageId::from_wire(&format!("m{}", state.now));
            state.admit(&Admission::new(subject, message, Json::default()).with_delivery(delivery)).map(drop)
        }
        4 | 5 => {
            let request = ClaimRequest::new(format!("w{}", pick % 3), LEASE);
            state.claim(&request).map(|claim| claim.into_iter().for_each(|claim| keep(leases, claim)))
        }
        6 | 7 => state.take_steers(&lease).map(|all| all.into_iter().for_each(|claim| keep(leases, claim))),
        8 => state.advance(&lease, TurnState::Prompting).map(drop),
        9 => state.advance(&lease, TurnState::Running).map(drop),
        10 | 11 => state.finish(&lease, &TurnEnd::new(EndKind::Completed, "completed")).map(drop),
        12 => state.request_stop(turn, StopReason::Cancelled).map(drop),
        13 => state.relane(turn, delivery).map(drop),
        14 => state.hand_over(&lease),
        _ => {
            state.now += 15;
            Ok(())
        }
    };
    if let Err(error) = outcome {
        assert_ne!(error.kind(), ErrorKind::Corrupt, "{error:?}");
    }
}

fn assert_sound(state: &State) {
    let diagnosis = state.diagnose();
    assert_eq!(diagnosis.severity(), Severity::Fine, "{diagnosis}");
    for row in state.turns.all() {
        let record = &row.record;
        assert_eq!(record.end.is_some(), record.state == TurnState::Ended, "{record:?}");
        assert_eq!(record.lease_until.is_some(), record.state.is_active(), "{record:?}");
        assert!(!record.state.is_active() || record.owner.is_some(), "{record:?}");
    }
}

proptest! {
    #[test]
    fn the_invariants_hold_after_every_step(
        steps in prop::collection::vec((0_u8..16, any::<u16>()), 1..120)
    ) {
        let mut state = State::default();
        state.now = 1_000;
        let mut leases = Vec::new();
        for (action, pick) in steps {
            step(&mut state, &mut leases, action, usize::from(pick));
            assert_sound(&state);
        }
        // Workers that only claim and finish run everything that is left, each turn once.
        let mut left = state.turns.open().count();
        while left > 0 {
            state.now += 25;
            let claim = state.claim(&ClaimRequest::new("last", LEASE)).unwrap().expect("something is open");
            let end = TurnEnd::new(EndKind::Completed, "completed");
            prop_assert!(state.finish(&claim.lease, &end).unwrap().applied);
            assert_sound(&state);
            prop_assert_eq!(state.turns.open().count(), left - 1);
            left -= 1;
        }
    }
}
