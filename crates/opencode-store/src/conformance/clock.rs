//! A clock that only a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opencode_wire::ids::Clock;

/// A clock that only a test moves. Clones show the same time.
///
/// It begins in the first second of 2026.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use opencode_store::conformance::ManualClock;
/// use opencode_wire::ids::Clock;
///
/// let clock = ManualClock::default();
/// let given_to_the_store = clock.clone();
/// let before = clock.unix_millis();
/// clock.advance(Duration::from_secs(30));
/// assert_eq!(given_to_the_store.unix_millis(), before + 30_000);
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    unix_millis: Arc<AtomicU64>,
}

impl ManualClock {
    /// A clock that shows this many milliseconds since the Unix epoch.
    #[must_use]
    pub fn new(unix_millis: u64) -> Self {
        Self { unix_millis: Arc::new(AtomicU64::new(unix_millis)) }
    }

    /// Lets time pass, in whole milliseconds.
    pub fn advance(&self, step: Duration) {
        let step = u64::try_from(step.as_millis()).unwrap_or(u64::MAX);
        self.unix_millis.fetch_add(step, Ordering::SeqCst);
    }

    /// Sets the time, which may go back, as it does when an operator or a time server corrects it.
    pub fn set(&self, unix_millis: u64) {
        self.unix_millis.store(unix_millis, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new(1_767_225_600_000)
    }
}

impl Clock for ManualClock {
    fn unix_millis(&self) -> u64 {
        self.unix_millis.load(Ordering::SeqCst)
    }
}
