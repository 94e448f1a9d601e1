//! One transaction on a pooled connection.

use std::sync::Arc;

use diesel_async::AsyncPgConnection;

use super::database::Inner;
use super::pool::Pooled;
use crate::millis::Millis;
use crate::wake::Topic;

/// A transaction that runs, as the queries see it.
pub(super) struct Tx {
    pub(super) connection: Pooled,
    /// The time at which the transaction began, or got the lock that it had waited for.
    pub(super) now: Millis,
    /// Where the time comes from.
    pub(super) inner: Arc<Inner>,
    /// Whom to wake once it is committed.
    pub(super) wakes: Vec<Topic>,
}

impl Tx {
    pub(super) fn conn(&mut self) -> &mut AsyncPgConnection {
        &mut self.connection
    }

    /// Reads the time again, after a wait.
    pub(super) fn look_at_the_clock(&mut self) {
        self.now = self.inner.now();
    }

    pub(super) fn wake(&mut self, topic: Topic) {
        if self.wakes.last() != Some(&topic) {
            self.wakes.push(topic);
        }
    }
}
