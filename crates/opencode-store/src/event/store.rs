//! What a database has to do for event logs.

use std::time::Duration;

use async_trait::async_trait;

use super::EventPage;
use crate::error::Result;
use crate::turn::{Lease, TurnId};
use crate::wake::Watch;

/// What a database has to do for event logs.
///
/// # Races
///
/// | interleaving | result |
/// |---|---|
/// | `append` of an owner that was taken over | [`LeaseLost`](crate::ErrorKind::LeaseLost), nothing is stored |
/// | `append` after another place than the end of the log | [`Conflict`](crate::ErrorKind::Conflict), nothing is stored |
/// | `read` during `append` | the log before it or after it; events become visible in the order of their numbers |
/// | `read` while the log is pruned | the page says up to where events are gone |
///
/// # Cancel safety
///
/// A call whose future is dropped was carried out whole or not at all. When it is not known whether events were
/// stored, appending them again at the same place tells: it succeeds or is a conflict.
#[async_trait]
pub trait EventLog: Send + Sync + std::fmt::Debug {
    /// Appends events after number `after`, which must be the last one, and says the number of the last one now.
    async fn append(&self, lease: &Lease, after: u64, payloads: &[String]) -> Result<u64>;

    /// Reads at most `limit` events after that number.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such turn.
    async fn read(&self, turn: TurnId, after: u64, limit: usize) -> Result<EventPage>;

    /// Deletes the logs of turns that ended longer ago than that, and says how many events were deleted.
    ///
    /// At most `limit` turns are looked at in one call. Turns, parts and usage stay.
    async fn prune(&self, ended_before: Duration, limit: usize) -> Result<usize>;

    /// Wakes up when something of the turn may have changed: its log, its state, its requests.
    fn watch_turn(&self, turn: TurnId) -> Watch;
}
