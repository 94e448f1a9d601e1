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

    /// Notes that somebody no longer waits, having passed or given up.
    pub(crate) fn leave(&mut self, name: &str) {
        if let Some(count) = self.waiting.get_mut(name) {
            *count = count.saturating_sub(1);
        }
    }

    /// Takes a permit of `name`, if there is one.
    pub(crate) fn pass(&mut self, name: &str) -> bool {
        match self.permits.get_mut(name) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }

    /// How many wait at `name` now.
    pub(crate) fn waiting(&self, name: &str) -> usize {
        self.waiting.get(name).copied().unwrap_or(0)
    }

    /// Forgets everybody who waits, when a restart has ended them all.
    pub(crate) fn forget_waiters(&mut self) {
        self.waiting.clear();
    }
}
