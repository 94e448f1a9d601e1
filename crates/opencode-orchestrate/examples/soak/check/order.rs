//! The turns of a session run one after the other, in the order of their numbers.

use opencode_store::turn::{Delivery, TurnRecord};

use super::facts::Facts;
use super::finding::Finding;

/// No two turns of a session run at once, and those that wait in line run in the order of their numbers.
///
/// Steered turns run beside others and begin when they join, and turns that were given another place have left their
/// line; both are left out.
pub(super) fn one_after_the_other(facts: &Facts) -> Finding {
    let mut finding = Finding::new("the turns of a session run one by one, first in, first out");
    for (_, ids) in facts.sessions.values() {
        let records = ids.iter().filter(|id| !facts.relaned.contains(id));
        let records = records.filter_map(|id| facts.turns.get(id)).map(|facts| &facts.record);
        let mut alone: Vec<&TurnRecord> = records
            .filter(|record| record.delivery != Delivery::Steer && record.started_at.is_some())
            .collect();
        let queued = alone.iter().filter(|record| record.delivery == Delivery::Queue);
        let queued: Vec<&&TurnRecord> = queued.collect();
        for pair in queued.windows(2) {
            finding.expect(pair[0].started_at <= pair[1].started_at, || {
                format!("turn {} began before turn {}: {pair:?}", pair[1].id, pair[0].id)
            });
        }
        alone.sort_by_key(|record| (record.started_at, record.id));
        for pair in alone.windows(2) {
            finding.expect(pair[0].ended_at <= pair[1].started_at, || {
                format!("turn {} began before turn {} had ended: {pair:?}", pair[1].id, pair[0].id)
            });
        }
    }
    finding
}
