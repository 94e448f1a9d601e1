//! The store in the memory of one process: for tests, examples, and hosts that keep nothing.
#![doc = include_str!("../docs/memory.md")]

mod admissions;
mod artifacts;
mod blobs;
mod blockers;
mod claims;
mod ends;
mod events;
mod heads;
mod invariants;
mod leases;
mod mints;
#[cfg(test)]
mod random_walk;
mod replies;
mod sessions;
mod snapshots;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod turns;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use opencode_wire::ids::{Clock, SystemClock};

use self::state::State;
use crate::doctor::Diagnosis;
use crate::error::Result;
use crate::millis;
use crate::store::Backend;
use crate::wake::Wakes;

/// A store without a database: everything is in the memory of one process, and ends with it.
///
/// It obeys the same rules as the databases do, so it serves tests, examples, and hosts of which nothing has to
/// survive. Nothing is ever written to a disk, and no call waits for anything.
///
/// # Examples
///
/// ```
/// use opencode_store::Store;
/// use opencode_store::session::Subject;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> opencode_store::Result<()> {
/// let store = Store::memory();
/// let subject = Subject::new("acme", "conversation/42")?;
/// assert!(store.sessions().session(&subject).await?.is_none());
/// # Ok(()) }
/// ```
pub struct MemoryStore {
    state: Mutex<State>,
    wakes: Wakes,
    clock: Arc<dyn Clock>,
}

impl MemoryStore {
    /// An empty store that goes by the clock of the operating system.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store that goes by that clock: leases, expiry and sweeps follow it alone.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { state: Mutex::default(), wakes: Wakes::default(), clock }
    }

    /// Does one atomic step, at one instant, and wakes whoever waits for what it changed.
    fn step<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let (done, woken) = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.now = millis::now(self.clock.as_ref());
            let done = work(&mut state);
            (done, std::mem::take(&mut state.woken))
        };
        // Only after the lock is released: whoever is woken reads at once.
        for topic in woken {
            self.wakes.wake(topic);
        }
        done
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    /// Without what is stored: there are prompts in it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MemoryStore").field("clock", &self.clock).finish_non_exhaustive()
    }
}

#[async_trait]
impl Backend for MemoryStore {
    async fn migrate(&self) -> Result<()> {
        Ok(())
    }

    async fn diagnose(&self) -> Diagnosis {
        self.step(|state| state.diagnose())
    }
}
