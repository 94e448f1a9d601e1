//! How long to wait before another try to connect.

use std::time::Duration;

use super::StreamOptions;
use crate::Error;

/// The waits between tries, longer each time, with jitter: a thousand clients must not come back at once.
#[derive(Debug)]
pub(super) struct Backoff {
    min: Duration,
    max: Duration,
    tries: u32,
}

impl Backoff {
    pub(super) const fn new(options: &StreamOptions) -> Self {
        Self { min: options.min_backoff, max: options.max_backoff, tries: 0 }
    }

    /// The stream was live: the next try is the first again.
    pub(super) const fn reset(&mut self) {
        self.tries = 0;
    }

    /// Whether the last connection was live, or there was none yet.
    pub(super) const fn is_fresh(&self) -> bool {
        self.tries == 0
    }

    /// The next wait: at least what the server asked for, and between a half and the whole of the planned one.
    pub(super) fn next(&mut self, error: Option<&Error>, random: f64) -> Duration {
        let planned = self.min.saturating_mul(1 << self.tries.min(16)).min(self.max);
        self.tries = self.tries.saturating_add(1);
        let jittered = planned.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0);
        let asked = error.and_then(Error::retry_after).unwrap_or_default().min(self.max);
        jittered.max(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_limit_and_begin_again() {
        let mut backoff = Backoff::new(&StreamOptions::default());
        let waits: Vec<_> = (0..9).map(|_| backoff.next(None, 1.0).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        backoff.reset();
        assert_eq!(backoff.next(None, 0.0).as_millis(), 50);
    }
}
