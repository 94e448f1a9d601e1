//! What a case runs against.

use std::any::Any;

use super::ManualClock;
use crate::store::Store;

/// What a case runs against: a store on an empty database, and the clock that the store reads.
#[derive(Debug)]
pub struct Fixture {
    /// Invariant: there is at least one, and all are handles of the same database.
    handles: Vec<Store>,
    clock: ManualClock,
    _guards: Vec<Box<dyn Any + Send + Sync>>,
}

impl Fixture {
    /// A store that is migrated and empty, and reads this clock for leases, grace and every stored time.
    #[must_use]
    pub fn new(store: Store, clock: ManualClock) -> Self {
        Self { handles: vec![store], clock, _guards: Vec::new() }
    }

    /// Adds another handle of the same database, opened for itself, as another process would. It reads the same clock.
    ///
    /// Races are run by all handles at once. By default there is one.
    #[must_use]
    pub fn with_handle(mut self, store: Store) -> Self {
        self.handles.push(store);
        self
    }

    /// Keeps a value until the case has ended, such as the folder that the database is in.
    #[must_use]
    pub fn with_guard(mut self, guard: impl Any + Send + Sync) -> Self {
        self._guards.push(Box::new(guard));
        self
    }

    pub(super) fn store(&self) -> &Store {
        &self.handles[0]
    }

    /// The handle for one of many racers.
    pub(super) fn handle(&self, racer: usize) -> Store {
        self.handles[racer % self.handles.len()].clone()
    }

    /// A handle that has not made the calls so far, if there is one.
    pub(super) fn other(&self) -> &Store {
        &self.handles[self.handles.len() - 1]
    }

    pub(super) fn clock(&self) -> &ManualClock {
        &self.clock
    }
}
