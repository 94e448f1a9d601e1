//! The turns of a session run one after the other, in the order of their numbers.

use std::collections::HashMap;
use std::time::Duration;

use opencode_store::turn::{Delivery, TurnId, TurnRecord};

use super::facts::Facts;
use super::finding::Finding;
use crate::journal::Line;

/// By how much the clocks of processes may differ: each reckons the time of PostgreSQL from its last answer.
const SKEW: Duration = Duration::from_secs(1);

/// When a turn was surely begun with, and when it had surely not ended, by the time of the machine.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    /// When its first owner had the lease.
    claimed: Option<u64>,
    /// When the call began that has ended it.
    ending: Option<u64>,
}

/// No two turns of a session run at once, and those that wait in line run in the order of their numbers.
///
/// Steered turns run beside others and begin when they join, and turns that were given another place have left their
/// line; both are left out. So is what a killed process did not write down, and what was taken over: its first owner
/// may have written late.
pub(super) fn one_after_the_other(facts: &Facts) -> Finding {
    let mut finding = Finding::new("the turns of a session run one by one, first in, first out");
    let spans = spans(facts);
    let span = |record: &TurnRecord| spans.get(&record.id).copied().unwrap_or_default();
    for (_, ids) in facts.sessions.values() {
        let records = ids.iter().filter(|id| !facts.relaned.contains(id));
        let records = records.filter_map(|id| facts.turns.get(id)).map(|facts| &facts.record);
        let mut alone: Vec<&TurnRecord> = records
            .filter(|record| record.delivery != Delivery::Steer && record.attempt == 1)
            .filter(|record| span(record).claimed.is_some())
            .collect();
        let queued = alone.iter().filter(|record| record.delivery == Delivery::Queue);
        let queued: Vec<&&TurnRecord> = queued.collect();
        for pair in queued.windows(2) {
            finding.expect(span(pair[0]).claimed <= span(pair[1]).claimed, || {
                format!("turn {} began before turn {}: {pair:?}", pair[1].id, pair[0].id)
            });
        }
        alone.sort_by_key(|record| span(record).claimed);
        for pair in alone.windows(2) {
            finding.expect(span(pair[0]).ending <= span(pair[1]).claimed, || {
                format!("turn {} began before turn {} had ended: {pair:?}", pair[1].id, pair[0].id)
            });
        }
    }
    finding
}

/// The times of a turn are in their order, as far as clocks agree.
pub(super) fn times(facts: &Facts) -> Finding {
    let mut finding = Finding::new("no turn begins before it is there, or ends before it begins");
    for (turn, facts) in &facts.turns {
        let record = &facts.record;
        let times = [Some(record.admitted_at), record.started_at, record.prompted_at, record.ended_at];
        let times: Vec<_> = times.into_iter().flatten().collect();
        finding.expect(times.is_sorted_by(|earlier, later| *earlier <= *later + SKEW), || {
            format!("turn {turn}: {record:?}")
        });
    }
    finding
}

fn spans(facts: &Facts) -> HashMap<TurnId, Span> {
    let mut spans: HashMap<TurnId, Span> = HashMap::new();
    for (_, line) in &facts.journal {
        match line {
            Line::Claimed { turn, attempt: 1, at } => spans.entry(*turn).or_default().claimed = Some(*at),
            Line::Finished { turn, began, .. } => spans.entry(*turn).or_default().ending = Some(*began),
            _ => {}
        }
    }
    spans
}
