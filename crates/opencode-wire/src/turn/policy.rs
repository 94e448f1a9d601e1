//! How a turn is followed.

use std::time::Duration;

use super::Deadlines;

/// How a turn is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FollowPolicy {
    /// Its time limits.
    pub deadlines: Deadlines,
    /// How long the turn's part of the stream may be silent before the server is asked how things are.
    /// 30 seconds by default.
    pub poll_after: Duration,
    /// How long to wait for the server to confirm an abort. 10 seconds by default.
    pub abort_wait: Duration,
}

impl Default for FollowPolicy {
    fn default() -> Self {
        Self {
            deadlines: Deadlines::default(),
            poll_after: Duration::from_secs(30),
            abort_wait: Duration::from_secs(10),
        }
    }
}
