//! What a database has to do for turns.

use std::time::Duration;

use async_trait::async_trait;
use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;

use super::{
    Admission, Admitted, Claim, ClaimRequest, Delivery, Finished, Lease, Renewal, StopReason, StopRequested,
    TurnEnd, TurnId, TurnRecord, TurnState,
};
use crate::error::Result;
use crate::session::SessionRowId;
use crate::wake::Watch;

/// Which turns of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TurnFilter {
    /// All, the oldest first.
    All,
    /// Those that have not ended, the oldest first.
    Open,
    /// Those that nobody has begun with, in the order in which they will run.
    Waiting,
}

/// What a database has to do for turns.
///
/// Each call is one atomic step. Calls with a [`Lease`] are refused with
/// [`LeaseLost`](crate::ErrorKind::LeaseLost) once somebody else has claimed the turn, or it has ended.
///
/// # Races
///
/// | interleaving | result |
/// |---|---|
/// | two `admit` with the same key and payload | one turn; both get its receipt, one of them as repeated |
/// | two `admit` with the same key and other payloads | the first one wins; the other is a [`Conflict`](crate::ErrorKind::Conflict) |
/// | two `admit` that reject, in an idle session | one is admitted, the other is [`Busy`](crate::ErrorKind::Busy) |
/// | two `claim` | never the same turn; never two turns of one session |
/// | `claim` and the `finish` of a lapsed owner | one of them: a finished turn is not claimed, a claimed one not finished |
/// | `request_stop` before `finish` | the turn ends as stopped, whatever `finish` says |
/// | `request_stop` after `finish` | nothing changes, and the end is told |
/// | two `finish` with the same lease | the first one is stored; the second is told what it was |
/// | `interrupt` admitted while the head is being claimed | the head is stopped, or has not begun and waits; never both run |
///
/// # Cancel safety
///
/// A call whose future is dropped was carried out whole or not at all. A turn that was claimed by a call whose
/// future was dropped is claimed again when its lease ends.
#[async_trait]
pub trait TurnStore: Send + Sync + std::fmt::Debug {
    /// Stores a prompt as a turn, and the subject's session row if there is none.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when the key or the message id was used with another payload;
    /// [`Busy`](crate::ErrorKind::Busy) when it is to be refused. Both name the turn that is in the way.
    async fn admit(&self, admission: &Admission) -> Result<Admitted>;

    /// A turn by its number.
    async fn turn(&self, id: TurnId) -> Result<Option<TurnRecord>>;

    /// A turn by the id that its prompt is posted with.
    async fn turn_by_message(&self, message_id: &MessageId) -> Result<Option<TurnRecord>>;

    /// The prompt of a turn, as it was admitted.
    async fn prompt(&self, id: TurnId) -> Result<Option<Json>>;

    /// Turns of a session that come after that one in the order of the filter; after none, from the beginning.
    ///
    /// Waiting turns are listed whole, and ignore `after` and `limit`.
    async fn turns(
        &self,
        session: SessionRowId,
        filter: TurnFilter,
        after: Option<TurnId>,
        limit: usize,
    ) -> Result<Vec<TurnRecord>>;

    /// Claims a turn: one whose owner's lease has ended, or else the oldest that is ready.
    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Claim>>;

    /// Claims the turns that are to be steered into this one, in the order of their admission.
    ///
    /// They share the fate of the turn that they join: renewing, losing and taking over its lease is theirs too, though
    /// each has a lease of its own to prove it by, and counts its own claims. Those
    /// that are not finished when it ends wait again if their prompts were not posted, and go on by themselves if
    /// they were.
    async fn take_steers(&self, lease: &Lease) -> Result<Vec<Claim>>;

    /// Renews leases, and says of each what became of it, in the same order.
    async fn renew(&self, leases: &[Lease], lease: Duration) -> Result<Vec<Renewal>>;

    /// Lets go of a turn without ending it: somebody else may take it over at once.
    async fn hand_over(&self, lease: &Lease) -> Result<()>;

    /// Says how far a turn has come: [`Prompting`](TurnState::Prompting) before the prompt is posted,
    /// [`Running`](TurnState::Running) when it was seen on the server.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when it would go back.
    async fn advance(&self, lease: &Lease, to: TurnState) -> Result<TurnRecord>;

    /// Ends a turn, and lets the next one of its session be claimed. Its open requests are withdrawn.
    async fn finish(&self, lease: &Lease, end: &TurnEnd) -> Result<Finished>;

    /// Asks for a turn to be stopped. One that nobody has begun with ends at once.
    async fn request_stop(&self, id: TurnId, reason: StopReason) -> Result<StopRequested>;

    /// Changes how a turn is delivered that nobody has begun with.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when somebody has begun with it, or it has ended;
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for [`Reject`](Delivery::Reject).
    async fn relane(&self, id: TurnId, delivery: Delivery) -> Result<TurnRecord>;

    /// Wakes up when there may be a turn to claim. Leases that end wake nobody: whoever waits looks again by then.
    fn watch_work(&self) -> Watch;

    /// Wakes up when whoever works on the turn has to look at something: a request to stop it, a turn to be steered
    /// into it, an answer to what it has asked. What the worker itself writes does not wake it.
    fn watch_orders(&self, id: TurnId) -> Watch;
}
