//! How much a worker takes on.

use std::time::Duration;

/// How much a worker takes on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WorkerOptions {
    /// How many turns it works on at once: 16.
    pub turns: usize,
    /// How many of them may be of one scope: any number.
    pub turns_per_scope: usize,
    /// How long it goes on with the turns at work after it was told to stop: 30 seconds.
    pub drain: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self { turns: 16, turns_per_scope: usize::MAX, drain: Duration::from_secs(30) }
    }
}

impl WorkerOptions {
    /// Sets how many turns it works on at once; at least one.
    #[must_use]
    pub fn with_turns(mut self, turns: usize) -> Self {
        self.turns = turns.max(1);
        self
    }

    /// Sets how many turns it works on at once that are of one scope; at least one.
    #[must_use]
    pub fn with_turns_per_scope(mut self, turns: usize) -> Self {
        self.turns_per_scope = turns.max(1);
        self
    }

    /// Sets how long it goes on with the turns at work after it was told to stop.
    #[must_use]
    pub fn with_drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }
}
