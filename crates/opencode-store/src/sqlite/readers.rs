//! The threads that read.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

use opencode_wire::ids::Clock;

use super::job::Job;
use super::tx::Tx;
use crate::millis;

/// A thread that reads.
pub(super) struct Reader {
    pub(super) tx: Tx,
    pub(super) jobs: Arc<Mutex<Receiver<Box<dyn Job>>>>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Reader {
    /// Works until the last handle of the store is gone.
    pub(super) fn run(mut self) {
        loop {
            // One waits for the next job, and the others for the lock: each job wakes one thread.
            let next = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(mut job) = next else { return };
            self.tx.now = millis::now(self.clock.as_ref());
            // Without a transaction: a query of several statements says itself what it makes of that.
            let _told_below = job.run(&mut self.tx);
            job.answer(Ok(()));
        }
    }
}
