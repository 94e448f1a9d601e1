//! What a database has to do for replies.

use async_trait::async_trait;
use opencode_wire::reply::Usage;

use super::{Snapshot, StoredPart, UsageOf};
use crate::error::Result;
use crate::turn::{Lease, TurnId};

/// What a database has to do for replies.
///
/// # Races
///
/// | interleaving | result |
/// |---|---|
/// | `write_snapshot` of an owner that was taken over | [`LeaseLost`](crate::ErrorKind::LeaseLost), nothing is stored |
/// | `parts` during `write_snapshot` | the reply as before, or as after it; never a part of both |
/// | the same snapshot twice | as once |
/// | the same step in two snapshots, or by two owners | counted once, as it was told last |
///
/// # Cancel safety
///
/// A call whose future is dropped was carried out whole or not at all.
#[async_trait]
pub trait ReplyStore: Send + Sync + std::fmt::Debug {
    /// Writes what changed. Its cost depends on what is written, not on what is stored already.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when a part grows that is not stored, or at a place that leaves a hole:
    /// the part has to be written whole then.
    async fn write_snapshot(&self, lease: &Lease, snapshot: &Snapshot) -> Result<()>;

    /// The parts of a turn in reading order, all from the same instant.
    async fn parts(&self, turn: TurnId) -> Result<Vec<StoredPart>>;

    /// What was used; nothing where there is no such turn or session.
    async fn usage(&self, of: &UsageOf) -> Result<Usage>;
}
