//! When a server counts as dead, and when it is replaced.

use std::time::Duration;

/// When a server counts as dead, and when it is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// How often it is probed: every 15 seconds.
    pub probe_every: Duration,
    /// How long a probe may take: 5 seconds.
    pub probe_within: Duration,
    /// After how many probes in a row without an answer it counts as dead: 3.
    pub failures: u32,
    /// How long a server that does not answer is left alone all the same while turns run on it, or it uses the
    /// processor: 2 minutes.
    pub busy_grace: Duration,
    /// How long its processes may take to end before they are killed: 5 seconds.
    pub kill_after: Duration,
    /// How long the first start that failed is not tried again: 1 second; each time twice as long.
    pub first_pause: Duration,
    /// How long at most: 1 minute.
    pub longest_pause: Duration,
    /// How long a server has to run to count as started well: 1 minute.
    pub settled_after: Duration,
    /// With more memory than this, in bytes, it is replaced as soon as nobody uses it; not for that reason unless set.
    pub max_memory: Option<u64>,
    /// When it is older than this it is replaced as soon as nobody uses it; not for that reason unless set.
    pub max_age: Option<Duration>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            probe_every: Duration::from_secs(15),
            probe_within: Duration::from_secs(5),
            failures: 3,
            busy_grace: Duration::from_secs(120),
            kill_after: Duration::from_secs(5),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            settled_after: Duration::from_secs(60),
            max_memory: None,
            max_age: None,
        }
    }
}
