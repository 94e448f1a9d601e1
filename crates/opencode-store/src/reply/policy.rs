//! When a reply is worth writing.

use std::time::Duration;

/// When a reply is worth writing. What has ended is written at once; what grows is written now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnapshotPolicy {
    /// The least time between two snapshots of what grows.
    pub every: Duration,
    /// So many bytes are written even before that.
    pub bytes: usize,
}

impl Default for SnapshotPolicy {
    /// Every half second, or 64 KiB.
    fn default() -> Self {
        Self { every: Duration::from_millis(500), bytes: 64 * 1024 }
    }
}

impl SnapshotPolicy {
    /// Sets the least time between two snapshots of what grows.
    #[must_use]
    pub fn with_every(mut self, every: Duration) -> Self {
        self.every = every;
        self
    }

    /// Sets how many bytes are written even before that time.
    #[must_use]
    pub fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Whether to write now, given how long ago the last snapshot was, how many bytes have come since, and whether
    /// something has ended.
    #[must_use]
    pub fn is_due(&self, since_last: Duration, new_bytes: usize, something_ended: bool) -> bool {
        something_ended || new_bytes >= self.bytes || (new_bytes > 0 && since_last >= self.every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_written_at_once_and_growth_now_and_then() {
        let policy = SnapshotPolicy::default();
        assert!(policy.is_due(Duration::ZERO, 0, true));
        assert!(!policy.is_due(Duration::from_millis(499), 1, false));
        assert!(policy.is_due(Duration::from_millis(500), 1, false));
        assert!(policy.is_due(Duration::ZERO, 64 * 1024, false));
        assert!(!policy.is_due(Duration::from_secs(9), 0, false));
    }
}
