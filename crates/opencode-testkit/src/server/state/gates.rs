//! Named places where scripts, streams and answers wait for the test.

use std::collections::HashMap;

/// Which gates are open and who waits. Opening a gate lets one waiter through, whether it came before or after.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    permits: HashMap<String, usize>,
    waiting: HashMap<String, usize>,
}

impl Gates {
    /// Lets one waiter of `name` through.
    pub(crate) fn release(&mut self, name: &str) {
        *self.permits.entry(name.to_owned()).or_default() += 1;
    }

    /// Notes that somebody waits at `name` from now on.
    pub(crate) fn arrive(&mut self, name: &str) {
        *self.waiting.entry(name.to_owned()).or_default() += 1;
    }

    /// Lets somebody who has arrived through, if the gate is open.
    pub(crate) fn pass(&mut self, name: &str) -> bool {
        match self.permits.get_mut(name) {
            Some(count) if *count > 0 => {
                *count -= 1;
                self.give_up(name);
                true
            }
            _ => false,
        }
    }

    /// Notes that somebody does not wait any more.
    pub(crate) fn give_up(&mut self, name: &str) {
        if let Some(count) = self.waiting.get_mut(name) {
            *count = count.saturating_sub(1);
        }
    }

    /// How many wait at `name` and have not been released, whether they know it yet or not.
    pub(crate) fn waiting(&self, name: &str) -> usize {
        let count = |counts: &HashMap<String, usize>| counts.get(name).copied().unwrap_or(0);
        count(&self.waiting).saturating_sub(count(&self.permits))
    }
}

#[cfg(test)]
mod tests {
    use super::Gates;

    #[test]
    fn a_release_counts_at_once_and_lets_one_through() {
        let mut gates = Gates::default();
        gates.arrive("a");
        gates.arrive("a");
        assert!(!gates.pass("a"));
        gates.release("a");
        assert_eq!(gates.waiting("a"), 1);
        assert!(gates.pass("a"));
        assert_eq!(gates.waiting("a"), 1);
        gates.give_up("a");
        assert_eq!(gates.waiting("a"), 0);
    }

    #[test]
    fn a_release_may_come_first() {
        let mut gates = Gates::default();
        gates.release("a");
        gates.arrive("a");
        assert_eq!(gates.waiting("a"), 0);
        assert!(gates.pass("a"));
    }
}
