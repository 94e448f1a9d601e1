//! A turn as it is stored.

use jiff::Timestamp;
use opencode_wire::ids::MessageId;

use super::{Delivery, Lease, StopReason, TurnEnd, TurnState};
use crate::session::SessionRowId;

crate::row_id! {
    /// The number of a turn. Turns of one session that wait in the same lane run in the order of their numbers.
    TurnId
}

/// A turn as it is stored, without its prompt.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TurnRecord {
    /// The turn.
    pub id: TurnId,
    /// Its session.
    pub session: SessionRowId,
    /// The key that the host admitted it with.
    pub idempotency_key: Option<String>,
    /// The id that its prompt is posted with, and by which it is found on the server.
    pub message_id: MessageId,
    /// What happens when the session is busy.
    pub delivery: Delivery,
    /// How far it has come.
    pub state: TurnState,
    /// Who works on it; the last one when it has ended.
    pub owner: Option<String>,
    /// How often it was claimed.
    pub attempt: u64,
    /// When the lease of its owner ends.
    pub lease_until: Option<Timestamp>,
    /// The running turn that it was steered into.
    pub joined_to: Option<TurnId>,
    /// When its prompt was about to be posted. From then on the prompt may be on the server.
    pub prompted_at: Option<Timestamp>,
    /// Why it is to be stopped.
    pub stop: Option<StopReason>,
    /// How it ended.
    pub end: Option<TurnEnd>,
    /// When it was admitted.
    pub admitted_at: Timestamp,
    /// When it was first claimed.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl TurnRecord {
    /// The lease of whoever works on it, for an owner who has taken over a turn and those that were steered into it.
    #[must_use]
    pub fn lease(&self) -> Option<Lease> {
        let owner = self.owner.as_ref().filter(|_| self.state.is_active())?;
        Some(Lease::new(self.id, owner, self.attempt))
    }
}
