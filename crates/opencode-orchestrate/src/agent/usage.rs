//! What steps used, summed.

use std::collections::BTreeMap;

use opencode_wire::reply::Usage;

use super::{AgentEvent, AgentEventKind};

/// What steps used, summed over each turn and over all of them: each step once, as it was told last.
///
/// For agents whose turns are in no store. Turns of OpenCode are summed by
/// [`Reply::usage`](opencode_wire::reply::Reply::usage), and over sessions by the store.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::agent::{AgentEvent, AgentEventKind, Origin, UsageLedger};
/// use opencode_wire::reply::Usage;
///
/// let mut usage = Usage::default();
/// usage.steps = 1;
/// usage.input = 10;
/// let event = AgentEvent::new(Origin::Prompted, AgentEventKind::StepUsage { step: "prt_1".to_owned(), usage });
///
/// let mut ledger = UsageLedger::new();
/// ledger.note("turn 1", &event);
/// ledger.note("turn 2", &event);
/// assert_eq!((ledger.turn("turn 1").input, ledger.turn("turn 2").input, ledger.total().input), (10, 0, 10));
/// ```
#[derive(Debug, Clone, Default)]
pub struct UsageLedger {
    steps: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    turn: String,
    usage: Usage,
}

impl UsageLedger {
    /// Begins with nothing used.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note of an event of a turn; all but those about usage are passed over.
    ///
    /// A step belongs to the turn that it was told of first: one that comes late, after its turn was aborted, is not
    /// counted for the next turn too.
    pub fn note(&mut self, turn: &str, event: &AgentEvent) {
        let AgentEventKind::StepUsage { step, usage } = &event.kind else { return };
        let mut usage = usage.normalised();
        usage.steps = 1;
        match self.steps.get_mut(step) {
            Some(known) => known.usage = usage,
            None if usage.is_zero() => {}
            None => drop(self.steps.insert(step.clone(), Entry { turn: turn.to_owned(), usage })),
        }
    }

    /// What one turn used, with its sub-agents; nothing for one that was never heard of.
    #[must_use]
    pub fn turn(&self, turn: &str) -> Usage {
        self.steps.values().filter(|entry| entry.turn == turn).map(|entry| entry.usage).sum()
    }

    /// What all turns used.
    #[must_use]
    pub fn total(&self) -> Usage {
        self.steps.values().map(|entry| entry.usage).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Origin;

    fn step(id: &str, input: u64, cost: f64) -> AgentEvent {
        let mut usage = Usage::default();
        (usage.input, usage.cost) = (input, cost);
        AgentEvent::new(Origin::Prompted, AgentEventKind::StepUsage { step: id.to_owned(), usage })
    }

    #[test]
    fn b15_a_step_counts_once_for_the_turn_that_made_it() {
        let mut ledger = UsageLedger::new();
        ledger.note("one", &step("a", 10, 0.5));
        ledger.note("one", &step("b", 5, 0.25));
        ledger.note("two", &step("b", 6, 0.25));
        ledger.note("two", &step("c", 1, 0.0));
        let inputs = [ledger.turn("one"), ledger.turn("two"), ledger.turn("three"), ledger.total()];
        assert_eq!(inputs.map(|usage| (usage.steps, usage.input)), [(2, 16), (1, 1), (0, 0), (3, 17)]);
    }

    #[test]
    fn nonsense_does_not_spoil_the_sum() {
        let mut ledger = UsageLedger::new();
        for (id, input, cost) in [("a", 0, f64::NAN), ("b", 3, f64::NAN), ("c", 4, -1.0), ("d", 0, 0.5)] {
            ledger.note("one", &step(id, input, cost));
        }
        let total = ledger.total();
        assert_eq!((total.steps, total.input, total.cost.to_bits()), (3, 7, 0.5_f64.to_bits()));
    }
}
