//! The clock of the database, as seen from here.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::millis::Millis;

/// The clock of the database, as seen from here: what it said last, and how long ago that was.
///
/// The time between is measured by a clock that nobody sets, so that the machines' times of day need not agree.
#[derive(Debug)]
pub(super) struct ServerClock {
    said: Mutex<(Millis, Instant)>,
}

impl ServerClock {
    pub(super) fn new() -> Self {
        Self { said: Mutex::new((0, Instant::now())) }
    }

    /// Takes what the database said.
    pub(super) fn set(&self, said: Millis) {
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = (said, Instant::now());
    }

    /// The time of the database by now.
    pub(super) fn now(&self) -> Millis {
        let (said, at) = *self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.saturating_add(crate::millis::of(at.elapsed()))
    }
}
