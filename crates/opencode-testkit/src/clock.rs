//! A clock that only a test moves.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A wall clock and a monotonic one that stand still until they are moved.
///
/// Clones show the same time, so that a test keeps one and gives another away.
///
/// ```
/// use std::time::Duration;
///
/// use opencode_testkit::clock::ManualClock;
///
/// let clock = ManualClock::new(1_700_000_000_000);
/// clock.advance(Duration::from_secs(2));
/// assert_eq!(clock.unix_millis(), 1_700_000_002_000);
/// assert_eq!(clock.monotonic(), Duration::from_secs(2));
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: Arc<Mutex<Now>>,
}

#[derive(Clone, Copy, Debug)]
struct Now {
    unix: Duration,
    monotonic: Duration,
}

impl ManualClock {
    /// A clock that shows this many milliseconds since 1970, and zero as its monotonic time.
    #[must_use]
    pub fn new(unix_millis: u64) -> Self {
        Self {
            now: Arc::new(Mutex::new(Now {
                unix: Duration::from_millis(unix_millis),
                monotonic: Duration::ZERO,
            })),
        }
    }

    /// Milliseconds since 1970, as the server stamps its records.
    #[must_use]
    pub fn unix_millis(&self) -> u64 {
        let unix = self.with(|now| now.unix);
        u64::try_from(unix.as_millis()).unwrap_or(u64::MAX)
    }

    /// The time since the clock was made; never goes back.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        self.with(|now| now.monotonic)
    }

    /// Lets time pass on both clocks.
    pub fn advance(&self, step: Duration) {
        self.with(|now| {
            now.unix = now.unix.saturating_add(step);
            now.monotonic = now.monotonic.saturating_add(step);
        });
    }

    /// Sets the wall clock alone, as an operator or a time server does; it may go back.
    pub fn set_unix_millis(&self, unix_millis: u64) {
        self.with(|now| now.unix = Duration::from_millis(unix_millis));
    }

    fn with<T>(&self, change: impl FnOnce(&mut Now) -> T) -> T {
        change(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for ManualClock {
    /// The first second of 2026.
    fn default() -> Self {
        Self::new(1_767_225_600_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_the_wall_clock_leaves_the_monotonic_one_alone() {
        let clock = ManualClock::default();
        let given_away = clock.clone();
        clock.advance(Duration::from_millis(1500));
        clock.set_unix_millis(7);
        assert_eq!(given_away.unix_millis(), 7);
        assert_eq!(given_away.monotonic(), Duration::from_millis(1500));
    }

    #[test]
    fn steps_below_a_millisecond_add_up() {
        let clock = ManualClock::new(0);
        for _ in 0..4 {
            clock.advance(Duration::from_micros(250));
        }
        assert_eq!(clock.unix_millis(), 1);
    }
}
