//! Who worked on what.

use std::collections::{HashMap, HashSet};

use super::facts::Facts;
use super::finding::Finding;
use crate::journal::Line;

/// Each attempt at a turn belongs to one process, and no turn has had more than its row counts.
pub(super) fn each_once(facts: &Facts) -> Finding {
    let mut finding = Finding::new("no attempt at a turn was given out twice");
    let mut owners = HashMap::new();
    for (owner, line) in &facts.journal {
        let Line::Claimed { turn, attempt, .. } = line else { continue };
        let first = owners.insert((turn, attempt), owner);
        finding.expect(first.is_none(), || {
            format!("attempt {attempt} at turn {turn} is {owner}'s, and {first:?}'s")
        });
        let counted = facts.turns.get(turn).map(|facts| facts.record.attempt);
        finding.expect(counted.is_some_and(|counted| *attempt <= counted), || {
            format!("turn {turn} counts {counted:?} attempts, and {owner} has had number {attempt}")
        });
    }
    finding
}

/// The prompt of each turn was posted once at most, and only when the row says that it may have been.
pub(super) fn each_prompted_once(facts: &Facts) -> Finding {
    let mut finding = Finding::new("no turn was prompted twice");
    let mut posted = HashSet::new();
    for (owner, line) in &facts.journal {
        let Line::Posted { turn } = line else { continue };
        finding.expect(posted.insert(turn), || format!("turn {turn} was prompted again, by {owner}"));
        let noted = facts.turns.get(turn).is_some_and(|facts| facts.record.prompted_at.is_some());
        finding.expect(noted, || format!("turn {turn} was prompted by {owner}, and its row does not say so"));
    }
    finding
}
