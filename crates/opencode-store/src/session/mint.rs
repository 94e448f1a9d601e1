//! The making of an upstream session, as the store sees it.

use std::time::Duration;

use jiff::Timestamp;
use opencode_wire::ids::SessionId;

use super::{ConfigFingerprint, SessionPlace, SessionRecord, SessionRowId, Subject};

/// Who wants which upstream session.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MintRequest {
    /// Whose session.
    pub subject: Subject,
    /// What it has to be bound to.
    pub fingerprint: ConfigFingerprint,
    /// Where it would be made, kept for whoever has to delete it. A session that is there is not moved by it.
    pub place: SessionPlace,
    /// The generation that is known to be gone, when it is to be replaced.
    pub replacing: Option<u64>,
    /// A fresh name for this attempt, which is also written on the upstream session.
    pub token: String,
    /// How long the attempt may take before somebody else may try.
    pub lease: Duration,
}

impl MintRequest {
    /// Asks for a session of a subject. The token must be new for each request.
    #[must_use]
    pub fn new(
        subject: Subject,
        fingerprint: ConfigFingerprint,
        token: impl Into<String>,
        lease: Duration,
    ) -> Self {
        Self {
            subject,
            fingerprint,
            place: SessionPlace::default(),
            replacing: None,
            token: token.into(),
            lease,
        }
    }

    /// Sets where it would be made. By default in the own directory of the only server.
    #[must_use]
    pub fn with_place(mut self, place: SessionPlace) -> Self {
        self.place = place;
        self
    }

    /// Asks for a new session in place of that generation.
    #[must_use]
    pub fn replacing(mut self, generation: u64) -> Self {
        self.replacing = Some(generation);
        self
    }
}

/// What a request to mint got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MintClaim {
    /// There is a session that fits.
    Bound(SessionRecord),
    /// Somebody else is making one. They may take until then.
    Taken {
        /// The row.
        session: SessionRowId,
        /// When their lease ends.
        until: Timestamp,
    },
    /// The caller makes it, and nobody else does until the lease ends.
    Claimed(Mint),
}

/// The right to make an upstream session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mint {
    /// The row, as it is before.
    pub session: SessionRecord,
    /// The name of the attempt.
    pub token: String,
    /// Why the earlier upstream session, if there was one, is not used any more.
    pub context_lost: Option<ContextLost>,
}

impl Mint {
    /// For those who implement the traits of this crate.
    #[must_use]
    pub fn new(session: SessionRecord, token: impl Into<String>, context_lost: Option<ContextLost>) -> Self {
        Self { session, token: token.into(), context_lost }
    }
}

/// Why what an agent knew is gone with its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContextLost {
    /// The server does not know the session any more.
    Gone,
    /// The directory or the agent is another one now.
    Reconfigured,
}

/// An upstream session that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Minted {
    /// The session on the server.
    pub upstream_id: SessionId,
    /// What it is bound to.
    pub fingerprint: ConfigFingerprint,
    /// Where it was made.
    pub place: SessionPlace,
}

impl Minted {
    /// An upstream session that was made.
    #[must_use]
    pub fn new(upstream_id: SessionId, fingerprint: ConfigFingerprint, place: SessionPlace) -> Self {
        Self { upstream_id, fingerprint, place }
    }
}

/// Whether a minted session became the subject's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MintEnd {
    /// It did. What it replaces is noted to be deleted.
    Bound {
        /// The row as it is now.
        session: SessionRecord,
        /// The session that it replaces, which is to be aborted and deleted, and to be forgotten then by
        /// [`forget_mint`](super::SessionStore::forget_mint) with the token of this mint.
        replaced: Option<SessionId>,
    },
    /// It did not: the lease had ended and somebody else was faster. It is noted to be deleted, and to be forgotten
    /// then.
    Lost {
        /// The row as it is now, which may be without an upstream session still.
        session: SessionRecord,
    },
}

/// An attempt that has left, or may have left, an upstream session that nobody uses.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StaleMint {
    /// The name of the attempt.
    pub token: String,
    /// The session to delete, where it is known. Otherwise the server has to be searched for the token.
    pub upstream_id: Option<SessionId>,
    /// Where it was made, or would have been.
    pub place: SessionPlace,
}

impl StaleMint {
    /// For those who implement the traits of this crate.
    #[must_use]
    pub fn new(token: impl Into<String>, upstream_id: Option<SessionId>, place: SessionPlace) -> Self {
        Self { token: token.into(), upstream_id, place }
    }
}
