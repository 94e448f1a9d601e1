//! How a turn ended.

use std::fmt;
use std::time::Duration;

use crate::ids::MessageId;
use crate::model::MessageError;
use crate::reply::{Blocker, Reply};

/// How a turn ended. Every turn has exactly one ending.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Ending {
    /// The answer is whole and has text.
    Completed,
    /// The answer is whole and has no text: it consists of tool calls, or of structured output, or a person refused
    /// a request without a word.
    CompletedWithoutText,
    /// The model was stopped in the middle: by its output limit (`length`) or by the provider's filter
    /// (`content-filter`).
    Truncated {
        /// The server's word for why.
        reason: String,
    },
    /// Somebody stopped it.
    Cancelled {
        /// Who.
        by: CancelledBy,
        /// Whether the server is known to have stopped.
        confirmed: bool,
    },
    /// The provider, or the server, failed.
    Failed {
        /// How.
        error: Box<MessageError>,
    },
    /// A time limit of the turn passed, and the turn was aborted.
    Limit {
        /// Which one.
        limit: Limit,
        /// Whether the server is known to have stopped.
        confirmed: bool,
    },
    /// Nobody answered a question or a permission request in time, and the turn was aborted.
    Unanswered {
        /// What was asked.
        blocker: Box<Blocker>,
        /// Whether the server is known to have stopped.
        confirmed: bool,
    },
    /// The turn cannot go on, and what it was doing is gone.
    Lost(Loss),
    /// A newer prompt in the same session took its place.
    Superseded {
        /// The newer prompt.
        by: MessageId,
    },
}

/// Who stopped a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CancelledBy {
    /// The one who follows it.
    Caller,
    /// Somebody else: another client, a person at the server's terminal, a change of configuration.
    Somebody,
}

/// A time limit of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// The server did not begin to work on the prompt.
    Admission,
    /// The model did not begin to answer.
    FirstOutput,
    /// Nothing happened for too long.
    Progress,
    /// The whole took too long.
    Total,
}

/// Why a turn cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// The session does not exist any more: the server said so.
    SessionGone,
    /// The server stopped working on it without finishing it, as it does when it is killed and started again.
    Abandoned,
    /// The prompt is not on the server: it did not arrive, or the server died before it stored it. It was posted at
    /// most once, and can be posted again.
    NotStored,
    /// Nobody follows the turn any more. It may still run.
    Unfollowed,
}

impl Ending {
    /// Whether the answer is whole.
    #[must_use]
    pub const fn is_completed(&self) -> bool {
        matches!(self, Self::Completed | Self::CompletedWithoutText)
    }

    /// Whether the same prompt may succeed when it is posted again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Failed { error } => error.data.is_retryable == Some(true),
            Self::Limit { .. } | Self::Lost(Loss::Abandoned | Loss::NotStored) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unconfirmed = |confirmed: &bool| if *confirmed { "" } else { ", not confirmed by the server" };
        match self {
            Self::Completed => formatter.write_str("completed"),
            Self::CompletedWithoutText => formatter.write_str("completed without text"),
            Self::Truncated { reason } => write!(formatter, "cut short by the model ({reason})"),
            Self::Cancelled { by: CancelledBy::Caller, confirmed } => {
                write!(formatter, "cancelled{}", unconfirmed(confirmed))
            }
            Self::Cancelled { by: CancelledBy::Somebody, .. } => {
                formatter.write_str("cancelled by somebody else")
            }
            Self::Failed { error } => write!(formatter, "failed: {}: {}", error.name, error.data.message),
            Self::Limit { limit, confirmed } => {
                let what = match limit {
                    Limit::Admission => "the server did not begin to work on the prompt in time",
                    Limit::FirstOutput => "the model did not begin to answer in time",
                    Limit::Progress => "nothing happened for too long",
                    Limit::Total => "the turn took too long",
                };
                write!(formatter, "{what}; aborted{}", unconfirmed(confirmed))
            }
            Self::Unanswered { blocker, confirmed } => {
                write!(
                    formatter,
                    "nobody answered {} in time; aborted{}",
                    blocker.id(),
                    unconfirmed(confirmed)
                )
            }
            Self::Lost(Loss::SessionGone) => formatter.write_str("lost: the session does not exist any more"),
            Self::Lost(Loss::Abandoned) => formatter.write_str("lost: the server stopped working on it"),
            Self::Lost(Loss::NotStored) => formatter.write_str("lost: the server does not have the prompt"),
            Self::Lost(Loss::Unfollowed) => formatter.write_str("not followed to its end"),
            Self::Superseded { by } => write!(formatter, "superseded by the newer prompt {by}"),
        }
    }
}

/// How a turn ended, with everything that was said until then.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What was said and done; partial unless the ending is a completion.
    pub reply: Reply,
    /// How long it took from the prompt on, human waits included.
    pub elapsed: Duration,
}

impl Outcome {
    /// The reply of a turn that completed.
    ///
    /// # Errors
    ///
    /// When it ended in any other way. The error carries the outcome with the partial reply.
    pub fn into_reply(self) -> Result<Reply, Incomplete> {
        if self.ending.is_completed() { Ok(self.reply) } else { Err(Incomplete { outcome: Box::new(self) }) }
    }
}

/// A turn that did not complete.
pub struct Incomplete {
    outcome: Box<Outcome>,
}

impl Incomplete {
    /// How it ended instead, with what was said until then.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// How it ended instead, with what was said until then.
    #[must_use]
    pub fn into_outcome(self) -> Outcome {
        *self.outcome
    }
}

impl fmt::Debug for Incomplete {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Incomplete").field(&self.outcome.ending).finish()
    }
}

impl fmt::Display for Incomplete {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the turn did not complete: {}", self.outcome.ending)
    }
}

impl std::error::Error for Incomplete {}
