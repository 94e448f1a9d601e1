//! One transaction on a pooled connection.

use diesel_async::AsyncPgConnection;

use super::pool::Pooled;
use crate::millis::Millis;
use crate::wake::Topic;

/// A transaction that runs, as the queries see it.
pub(super) struct Tx {
    pub(super) connection: Pooled,
    /// The time of the transaction.
    pub(super) now: Millis,
    /// Whom to wake once it is committed.
    pub(super) wakes: Vec<Topic>,
}

impl Tx {
    pub(super) fn conn(&mut self) -> &mut AsyncPgConnection {
        &mut self.connection
    }

    pub(super) fn wake(&mut self, topic: Topic) {
        if self.wakes.last() != Some(&topic) {
            self.wakes.push(topic);
        }
    }
}
