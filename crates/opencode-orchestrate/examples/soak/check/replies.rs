//! What turns have said and used.

use std::collections::HashMap;

use opencode_store::turn::{EndKind, TurnId};
use serde_json::Value;

use super::facts::{Facts, TurnFacts};
use super::finding::Finding;
use crate::journal::Line;
use crate::plan::{STEPS, TOKENS, said_until};

/// Whether a turn has said everything: it ended by itself, and was not let go by one that it had joined.
fn is_whole(facts: &TurnFacts) -> bool {
    let is_completed = facts.record.end.as_ref().is_some_and(|end| end.kind == EndKind::Completed);
    // A turn that was steered into another is ended without a word.
    is_completed && facts.usage.steps > 0
}

/// Every log is without a hole, holds what was stored for sure, and nothing by an owner who had lost the turn.
pub(super) fn logs(facts: &Facts) -> Finding {
    let mut finding = Finding::new("every log is without a hole, and without a word of a lapsed owner");
    let mut promised: HashMap<TurnId, u64> = HashMap::new();
    for (_, line) in &facts.journal {
        if let Line::Appended { turn, last } = line {
            let known = promised.entry(*turn).or_default();
            *known = (*known).max(*last);
        }
    }
    for (turn, facts) in &facts.turns {
        let numbers = facts.log.events.iter().map(|event| event.seq);
        finding.expect(numbers.eq(1..=facts.log.last_seq), || format!("turn {turn}: {:?}", facts.log));
        let promised = promised.get(turn).copied().unwrap_or_default();
        finding.expect(promised <= facts.log.last_seq, || {
            format!("turn {turn} had event {promised}, and ends with {}", facts.log.last_seq)
        });
        let attempts = facts.log.events.iter().map(|event| {
            let value: Value = serde_json::from_str(&event.payload).unwrap_or_default();
            value["attempt"].as_u64()
        });
        finding.expect(attempts.is_sorted(), || format!("turn {turn}: {:?}", facts.log.events));
    }
    finding
}

/// What a turn says is what every owner of it would have said, without a gap or a repetition.
pub(super) fn texts(facts: &Facts) -> Finding {
    let mut finding = Finding::new("every text grows without a gap or a repetition");
    for (turn, facts) in &facts.turns {
        let text = facts.parts.first().and_then(|part| part.growing.as_ref()).map(|growing| &growing.text);
        let text = text.map_or("", String::as_str);
        let whole = said_until(*turn, STEPS);
        let fits = if is_whole(facts) { text == whole } else { whole.starts_with(text) };
        finding.expect(fits, || format!("turn {turn} says {text:?}"));
    }
    finding
}

/// Every step is counted once, however often it was told; sums are the sums of their parts.
pub(super) fn usage(facts: &Facts) -> Finding {
    let mut finding = Finding::new("every step is counted once");
    let (mut all, mut all_cost) = (0, 0.0);
    for (usage, ids) in facts.sessions.values() {
        let turns = ids.iter().filter_map(|id| facts.turns.get(id));
        let mut sum = 0;
        for turn in turns {
            let used = &turn.usage;
            let steps_fit = if is_whole(turn) { used.steps == STEPS } else { used.steps <= STEPS };
            finding.expect(steps_fit && used.input == used.steps * TOKENS, || {
                format!("turn {} has used {used:?}", turn.record.id)
            });
            sum += used.steps;
        }
        finding.expect(usage.steps == sum, || format!("a session has used {usage:?}, its turns {sum} steps"));
        (all, all_cost) = (all + sum, all_cost + usage.cost);
    }
    let is_sum = facts.usage.steps == all && (facts.usage.cost - all_cost).abs() < 1e-6;
    finding.expect(is_sum, || format!("the scope has used {:?}, its sessions {all} steps", facts.usage));
    finding
}
