//! How a SQLite file is used.

use std::sync::Arc;
use std::time::Duration;

use opencode_wire::ids::{Clock, SystemClock};

/// When a write counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Durability {
    /// When it is on the disk: it survives a loss of power.
    #[default]
    Full,
    /// When the operating system has it: it survives the end of the process, and a loss of power may take the last
    /// writes back. The file is never damaged by that.
    Normal,
}

impl Durability {
    pub(super) const fn pragma(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        }
    }
}

/// How a SQLite file is used.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// When a write counts as done: when it is on the disk.
    pub durability: Durability,
    /// How many connections read: 4.
    pub readers: usize,
    /// How long a write waits for writers of other processes: 10 seconds.
    pub busy_timeout: Duration,
    /// How often the file is looked at for writes of other processes, while somebody waits for some: every 50 ms.
    pub poll: Duration,
    /// Where the time comes from: the operating system.
    pub clock: Arc<dyn Clock>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            readers: 4,
            busy_timeout: Duration::from_secs(10),
            poll: Duration::from_millis(50),
            clock: Arc::new(SystemClock),
        }
    }
}

impl SqliteOptions {
    /// Sets when a write counts as done.
    #[must_use]
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Sets how many connections read; at least one does.
    #[must_use]
    pub fn with_readers(mut self, readers: usize) -> Self {
        self.readers = readers;
        self
    }

    /// Sets how long a write waits for writers of other processes.
    #[must_use]
    pub fn with_busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Sets how often the file is looked at for writes of other processes.
    #[must_use]
    pub fn with_poll(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// Sets where the time comes from.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}
