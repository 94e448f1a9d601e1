//! What a database has to do for requests.

use async_trait::async_trait;
use opencode_wire::model::Json;

use super::{Answered, BlockerRecord, BlockerState, NewBlocker, OpenIn};
use crate::error::Result;
use crate::turn::{Lease, TurnId};

/// What a database has to do for requests.
///
/// Asking and settling belong to whoever works on the turn, and need its lease. Answering belongs to anybody.
///
/// # Races
///
/// | interleaving | result |
/// |---|---|
/// | two `answer` | the first one is `Accepted`; another answer is `TooLate`, the same one by the same person `Repeated` |
/// | `answer` and expiry | one of them |
/// | `answer` after the turn has ended | `TooLate` |
/// | `ask` again, after a restart or a reconnect | what is stored, with the answer that came in between |
///
/// # Cancel safety
///
/// A call whose future is dropped was carried out whole or not at all.
#[async_trait]
pub trait BlockerStore: Send + Sync + std::fmt::Debug {
    /// Stores a request, unless it is stored already, and gives it as it is by now.
    async fn ask(&self, lease: &Lease, request: &NewBlocker) -> Result<BlockerRecord>;

    /// Answers a request. Whoever works on its turn is woken.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when the turn has no such request.
    async fn answer(&self, turn: TurnId, request_id: &str, answer: &Json, by: &str) -> Result<Answered>;

    /// Says what became of a request: delivered, expired or withdrawn. `false` when something else did before.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when the turn has no such request.
    async fn settle(&self, lease: &Lease, request_id: &str, end: BlockerState) -> Result<bool>;

    /// All requests of a turn, the oldest first, whatever became of them.
    async fn blockers(&self, turn: TurnId) -> Result<Vec<BlockerRecord>>;

    /// Requests that nobody has answered, the oldest first.
    async fn open_blockers(&self, within: &OpenIn, limit: usize) -> Result<Vec<BlockerRecord>>;
}
