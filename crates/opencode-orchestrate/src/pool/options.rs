//! How many servers run at once, and for how long.

use std::time::Duration;

/// How many servers of a pool run at once, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolOptions {
    /// How many turns run on one server at once: any number. Others wait for a place, in the order in which they came;
    /// a worker that has claimed one of those has it meanwhile, so its own number of turns should be larger.
    pub turns_per_server: usize,
    /// How many local servers run at once: 10. When another one is needed, the one that was used longest ago is ended;
    /// while all are used, whoever needs it waits.
    pub live_servers: usize,
    /// After how long a local server that nobody uses is ended: 30 minutes. It is started again when it is needed.
    pub idle_after: Duration,
    /// After how long without a turn a local server forgets what it holds in memory about a directory: 30 minutes.
    /// Its sessions stay.
    pub forget_after: Duration,
    /// How often that is looked at: every minute.
    pub look_every: Duration,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            turns_per_server: usize::MAX,
            live_servers: 10,
            idle_after: Duration::from_secs(30 * 60),
            forget_after: Duration::from_secs(30 * 60),
            look_every: Duration::from_secs(60),
        }
    }
}

impl PoolOptions {
    /// Sets how many turns run on one server at once; at least one.
    #[must_use]
    pub fn with_turns_per_server(mut self, turns: usize) -> Self {
        self.turns_per_server = turns.max(1);
        self
    }

    /// Sets how many local servers run at once; at least one.
    #[must_use]
    pub fn with_live_servers(mut self, servers: usize) -> Self {
        self.live_servers = servers.max(1);
        self
    }

    /// Sets after how long a local server that nobody uses is ended.
    #[must_use]
    pub fn with_idle_after(mut self, after: Duration) -> Self {
        self.idle_after = after;
        self
    }

    /// Sets after how long without a turn a local server forgets a directory.
    #[must_use]
    pub fn with_forget_after(mut self, after: Duration) -> Self {
        self.forget_after = after;
        self
    }

    /// Sets how often that is looked at.
    #[must_use]
    pub fn with_look_every(mut self, every: Duration) -> Self {
        self.look_every = every;
        self
    }
}
