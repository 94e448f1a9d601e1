//! A request as it is stored.

use std::fmt;

use jiff::Timestamp;
use opencode_wire::ids::SessionId;
use opencode_wire::model::Json;

use crate::error::Result;
use crate::session::SessionRowId;
use crate::text::{check_key, check_text};
use crate::turn::TurnId;

/// What a person is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BlockerKind {
    /// May the agent do something?
    Permission,
    /// One or more questions.
    Question,
}

impl BlockerKind {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::Question => "question",
        }
    }

    /// Reads the word in the database.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Permission, Self::Question].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BlockerState {
    /// Nobody has answered.
    Open,
    /// Somebody has answered, and the server does not know it yet.
    Answered,
    /// The server has the answer.
    Delivered,
    /// Nobody answered in time.
    Expired,
    /// Nobody waits for an answer any more: it was answered elsewhere, or its turn has ended.
    Withdrawn,
}

impl BlockerState {
    const ALL: [Self; 5] = [Self::Open, Self::Answered, Self::Delivered, Self::Expired, Self::Withdrawn];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Delivered => "delivered",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the word in the database.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether whoever works on the turn may say that this became of it.
    ///
    /// An answer that was accepted is delivered, or turns out to come too late; it does not expire.
    #[must_use]
    pub const fn may_settle_as(self, end: Self) -> bool {
        matches!(
            (self, end),
            (Self::Open, Self::Expired | Self::Withdrawn)
                | (Self::Answered, Self::Delivered | Self::Withdrawn)
        )
    }
}

impl fmt::Display for BlockerState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A request that came up.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NewBlocker {
    /// The server's id for it.
    pub request_id: String,
    /// The session of the tree whose agent asks.
    pub session_id: SessionId,
    /// What a person is asked for.
    pub kind: BlockerKind,
    /// What is shown to the person, in the host's own form.
    pub payload: Json,
    /// Until when an answer is waited for, if there is a limit.
    pub expires_at: Option<Timestamp>,
}

impl NewBlocker {
    /// A request without a time limit.
    #[must_use]
    pub fn new(
        request_id: impl Into<String>,
        session_id: SessionId,
        kind: BlockerKind,
        payload: Json,
    ) -> Self {
        Self { request_id: request_id.into(), session_id, kind, payload, expires_at: None }
    }

    /// Sets until when an answer is waited for.
    #[must_use]
    pub fn with_expiry(mut self, at: Timestamp) -> Self {
        self.expires_at = Some(at);
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_key("request id", &self.request_id)?;
        check_key("session id of the request", self.session_id.as_str())?;
        check_text("request", self.payload.as_str())
    }
}

/// A request as it is stored.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BlockerRecord {
    /// The turn that waits.
    pub turn: TurnId,
    /// The turn's session.
    pub session: SessionRowId,
    /// What came up.
    pub request: NewBlocker,
    /// What became of it.
    pub state: BlockerState,
    /// When it came up.
    pub asked_at: Timestamp,
    /// The answer, in the host's own form.
    pub answer: Option<Json>,
    /// Who answered.
    pub answered_by: Option<String>,
    /// When.
    pub answered_at: Option<Timestamp>,
}

impl BlockerRecord {
    /// A request that has just come up. For those who implement the traits of this crate.
    #[must_use]
    pub fn new(turn: TurnId, session: SessionRowId, request: NewBlocker, asked_at: Timestamp) -> Self {
        Self {
            turn,
            session,
            request,
            state: BlockerState::Open,
            asked_at,
            answer: None,
            answered_by: None,
            answered_at: None,
        }
    }
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Answered {
    /// It is stored, and whoever works on the turn was told.
    Accepted(BlockerRecord),
    /// The same answer by the same person was accepted before.
    Repeated(BlockerRecord),
    /// It is too late: somebody has answered otherwise, or nobody waits any more.
    TooLate(BlockerRecord),
}

/// Where open requests are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenIn {
    /// In one turn.
    Turn(TurnId),
    /// In one session.
    Session(SessionRowId),
    /// In every session of a scope.
    Scope(String),
    /// Everywhere.
    Everywhere,
}
