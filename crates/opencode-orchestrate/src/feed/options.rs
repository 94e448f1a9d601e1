//! How turns are followed.

use std::time::Duration;

/// How turns are followed. Everything has a default.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FeedOptions {
    /// How many of the last events of a turn are held for all its readers together: 1024. Readers that are further
    /// behind read the log.
    pub ring_events: usize,
    /// How many bytes these events have at most: 1 MiB.
    pub ring_bytes: usize,
    /// How long something may wait for a reader before that is closed with its cursor: 30 seconds.
    pub patience: Duration,
    /// After how much silence a browser is sent a comment, so that nobody between takes the connection for dead: 15
    /// seconds.
    pub heartbeat: Duration,
    /// How long a browser waits before it connects again: 2 seconds.
    pub reconnect: Duration,
}

impl Default for FeedOptions {
    fn default() -> Self {
        Self {
            ring_events: 1024,
            ring_bytes: 1024 * 1024,
            patience: Duration::from_secs(30),
            heartbeat: Duration::from_secs(15),
            reconnect: Duration::from_secs(2),
        }
    }
}

impl FeedOptions {
    /// Sets how many of the last events of a turn are held for all its readers together.
    #[must_use]
    pub fn with_ring_events(mut self, events: usize) -> Self {
        self.ring_events = events;
        self
    }

    /// Sets how many bytes these events have at most.
    #[must_use]
    pub fn with_ring_bytes(mut self, bytes: usize) -> Self {
        self.ring_bytes = bytes;
        self
    }

    /// Sets how long something may wait for a reader before that is closed with its cursor.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets after how much silence a browser is sent a comment; at least a second.
    #[must_use]
    pub fn with_heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat.max(Duration::from_secs(1));
        self
    }

    /// Sets how long a browser waits before it connects again.
    #[must_use]
    pub fn with_reconnect(mut self, reconnect: Duration) -> Self {
        self.reconnect = reconnect;
        self
    }
}
