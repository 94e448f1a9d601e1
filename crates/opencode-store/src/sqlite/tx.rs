//! One transaction on a connection.

use super::connection::Connection;
use crate::millis::Millis;
use crate::wake::Topic;

/// A transaction that runs, as the queries see it.
pub(super) struct Tx {
    pub(super) connection: Connection,
    /// The time at which the transaction had the file for itself.
    pub(super) now: Millis,
    /// Whom to wake once it is committed.
    pub(super) wakes: Vec<Topic>,
}

impl Tx {
    pub(super) fn conn(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Nothing: nobody waits for a lock inside of a transaction, because one writes at a time.
    pub(super) fn look_at_the_clock(&mut self) {}

    pub(super) fn wake(&mut self, topic: Topic) {
        if self.wakes.last() != Some(&topic) {
            self.wakes.push(topic);
        }
    }
}
