//! Who works on a turn, and for how long.

use std::time::Duration;

use jiff::Timestamp;
use opencode_wire::model::Json;

use super::{StopReason, TurnId, TurnRecord};
use crate::session::SessionRecord;

/// A worker that wants a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimRequest {
    /// The worker: a name that no other worker has, at most 512 bytes.
    pub owner: String,
    /// How long the turn is its own without being renewed.
    pub lease: Duration,
    /// Scopes of which it takes no turn, because they have as many as they may.
    pub skip_scopes: Vec<String>,
    /// The only turn that it takes, if it can be claimed now; whatever its scope.
    pub only: Option<TurnId>,
}

impl ClaimRequest {
    /// A worker that takes a turn of any scope.
    #[must_use]
    pub fn new(owner: impl Into<String>, lease: Duration) -> Self {
        Self { owner: owner.into(), lease, skip_scopes: Vec::new(), only: None }
    }

    /// Leaves out the turns of these scopes.
    #[must_use]
    pub fn without_scopes(mut self, scopes: Vec<String>) -> Self {
        self.skip_scopes = scopes;
        self
    }

    /// Takes that turn and no other.
    #[must_use]
    pub fn only(mut self, turn: TurnId) -> Self {
        self.only = Some(turn);
        self
    }
}

/// The right to work on a turn.
///
/// It is proved by the attempt and not by the time of day: once somebody else has claimed the turn, every call with
/// the old lease is refused, whatever the clocks say.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Lease {
    /// The turn.
    pub turn: TurnId,
    /// Who works on it.
    pub owner: String,
    /// Which claim of the turn it is.
    pub attempt: u64,
}

impl Lease {
    /// For those who implement the traits of this crate.
    #[must_use]
    pub fn new(turn: TurnId, owner: impl Into<String>, attempt: u64) -> Self {
        Self { turn, owner: owner.into(), attempt }
    }
}

/// A turn that was claimed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Claim {
    /// The right to work on it.
    pub lease: Lease,
    /// The turn. Its state says where to go on: whatever was begun by an earlier owner is not begun again.
    pub turn: TurnRecord,
    /// Its session.
    pub session: SessionRecord,
    /// The prompt, as it was admitted.
    pub prompt: Json,
    /// The sequence number of its last event.
    pub last_seq: u64,
}

impl Claim {
    /// For those who implement the traits of this crate.
    #[must_use]
    pub fn new(lease: Lease, turn: TurnRecord, session: SessionRecord, prompt: Json, last_seq: u64) -> Self {
        Self { lease, turn, session, prompt, last_seq }
    }

    /// Whether somebody else has worked on it before.
    #[must_use]
    pub fn is_take_over(&self) -> bool {
        self.lease.attempt > 1
    }
}

/// What renewing a lease got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Renewal {
    /// The lease holds until then.
    Renewed {
        /// When it ends now.
        until: Timestamp,
        /// Why the turn is to be stopped, if it is.
        stop: Option<StopReason>,
    },
    /// The turn is somebody else's by now, or has ended: the worker must let go of it.
    Lost,
}
