//! Every receipt is a turn, and every turn has one end.

use std::collections::{HashMap, HashSet};

use opencode_store::turn::{TurnId, TurnState};

use super::facts::Facts;
use super::finding::Finding;
use crate::journal::Line;

/// Every receipt is a row with the same message id; the same key is the same turn and the same payload.
pub(super) fn none_is_lost(facts: &Facts) -> Finding {
    let mut finding = Finding::new("no admission is lost, and each key is one turn");
    let mut by_key: HashMap<(&String, &String), (TurnId, &String)> = HashMap::new();
    for (_, line) in &facts.journal {
        let Line::Admitted { turn, subject, message, key, payload } = line else { continue };
        let stored = facts.turns.get(turn).map(|facts| &facts.record);
        let is_stored = stored
            .is_some_and(|record| record.message_id.as_str() == message && record.idempotency_key == *key);
        finding.expect(is_stored, || format!("turn {turn} with message {message}: the row says {stored:?}"));
        let Some(key) = key else { continue };
        let first = by_key.entry((subject, key)).or_insert((*turn, payload));
        finding.expect(*first == (*turn, payload), || {
            format!("key {key} of {subject} is turn {turn} ({payload}) and {} ({})", first.0, first.1)
        });
    }
    finding
}

/// Every turn has ended, at most one call has ended it, and its end is the one that this call was told.
pub(super) fn every_turn_has_ended(facts: &Facts) -> Finding {
    let mut finding = Finding::new("every turn has ended, once");
    for (turn, facts) in &facts.turns {
        let record = &facts.record;
        let has_ended = record.state == TurnState::Ended && record.end.is_some() && record.ended_at.is_some();
        finding.expect(has_ended, || format!("turn {turn} is {}: {record:?}", record.state));
    }
    let mut ended = HashSet::new();
    for (owner, line) in &facts.journal {
        let (turn, kind) = match line {
            Line::Finished { turn, kind, .. } => (turn, kind.as_str()),
            Line::Withdrawn { turn } => (turn, "cancelled"),
            _ => continue,
        };
        finding.expect(ended.insert(turn), || format!("turn {turn} was ended twice, by {owner} as well"));
        let stored = facts.turns.get(turn).and_then(|facts| facts.record.end.as_ref());
        let is_same = stored.is_some_and(|end| end.kind.as_str() == kind);
        finding.expect(is_same, || {
            format!("turn {turn} ended as {kind} for {owner}, and is stored as {stored:?}")
        });
    }
    finding
}
