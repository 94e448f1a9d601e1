//! How the event stream is kept alive.

use std::time::Duration;

use crate::sse::Limits;

/// How the event stream is kept alive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamOptions {
    /// How long a connection may be silent before it is given up. Servers send a heartbeat every 10 seconds; 30
    /// seconds by default.
    pub liveness: Duration,
    /// How long a connection may take until the server says that the stream is live. 15 seconds by default.
    pub readiness: Duration,
    /// How long the connection is kept when nobody listens any more. 5 seconds by default.
    pub linger: Duration,
    /// The first wait before another try to connect, doubled each time, with jitter. 100 milliseconds by default.
    pub min_backoff: Duration,
    /// The longest wait before another try to connect. 10 seconds by default.
    pub max_backoff: Duration,
    /// How many events may wait for one listener, besides those that it has taken and not told yet. 4,096 by default.
    pub max_queued_events: usize,
    /// How many bytes of events may wait for one listener. 32 MiB by default: room for one frame of the largest size
    /// and as much again.
    pub max_queued_bytes: usize,
    /// How large a frame may be.
    pub limits: Limits,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            liveness: Duration::from_secs(30),
            readiness: Duration::from_secs(15),
            linger: Duration::from_secs(5),
            min_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(10),
            max_queued_events: 4096,
            max_queued_bytes: 32 * 1024 * 1024,
            limits: Limits::default(),
        }
    }
}

impl StreamOptions {
    /// Sets how long a connection may be silent before it is given up.
    #[must_use]
    pub const fn with_liveness(mut self, limit: Duration) -> Self {
        self.liveness = limit;
        self
    }

    /// Sets how long a connection may take until the server says that the stream is live.
    #[must_use]
    pub const fn with_readiness(mut self, limit: Duration) -> Self {
        self.readiness = limit;
        self
    }

    /// Sets how long the connection is kept when nobody listens any more.
    #[must_use]
    pub const fn with_linger(mut self, time: Duration) -> Self {
        self.linger = time;
        self
    }

    /// Sets the first and the longest wait before another try to connect.
    #[must_use]
    pub const fn with_backoff(mut self, min: Duration, max: Duration) -> Self {
        (self.min_backoff, self.max_backoff) = (min, max);
        self
    }

    /// Sets how many events, and how many bytes of them, may wait for one listener.
    #[must_use]
    pub const fn with_queue(mut self, max_events: usize, max_bytes: usize) -> Self {
        (self.max_queued_events, self.max_queued_bytes) = (max_events, max_bytes);
        self
    }

    /// Sets how large a frame may be.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}
