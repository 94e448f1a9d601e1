//! What became of the requests of turns.

use std::collections::HashMap;

use opencode_store::blocker::BlockerState;

use super::facts::Facts;
use super::finding::Finding;
use crate::journal::Line;

/// Nobody waits for an answer when a turn has ended, and no request was answered by two.
pub(super) fn settled(facts: &Facts) -> Finding {
    let mut finding = Finding::new("every request is settled, and answered once at most");
    let mut answers = HashMap::new();
    for (_, line) in &facts.journal {
        let Line::Answered { turn, request, by } = line else { continue };
        let first = answers.insert((turn, request), by);
        finding.expect(first.is_none(), || format!("{request} of turn {turn}: by {by} and by {first:?}"));
    }
    for (turn, facts) in &facts.turns {
        for blocker in &facts.blockers {
            let is_settled = !matches!(blocker.state, BlockerState::Open | BlockerState::Answered);
            finding.expect(is_settled, || format!("turn {turn} waits for ever: {blocker:?}"));
            let by = answers.get(&(turn, &blocker.request.request_id));
            // Of an answer that was accepted just before a kill, only the row knows.
            let is_same = by.is_none_or(|by| blocker.answered_by.as_ref() == Some(by));
            finding.expect(is_same, || format!("turn {turn} was answered by {by:?}: {blocker:?}"));
        }
    }
    finding
}
