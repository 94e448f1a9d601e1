//! What the model was asked, and what became of it.

use std::fmt;

use serde_json::Value;

/// One call of the model, as it stood when it was asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Counts the calls from 0, title calls and retries included.
    pub number: usize,
    /// The OpenCode session that called, from the request's headers.
    pub session_id: Option<String>,
    /// The session above it, where a sub-agent called.
    pub parent_session_id: Option<String>,
    /// The model that was asked for.
    pub model: String,
    /// Whether the answer was to be streamed.
    pub stream: bool,
    /// The messages in the provider's own shape, the system prompt first.
    pub messages: Vec<Value>,
    /// The names of the tools on offer.
    pub tools: Vec<String>,
    /// Where the answer came from.
    pub answered_by: AnsweredBy,
    /// Which call of the same step and session this is, counted from 1; more than 1 after a retry.
    pub attempt: u32,
    /// How far the answer has come.
    pub outcome: Outcome,
}

/// Where an answer came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnsweredBy {
    /// The call was for a session's title.
    Title,
    /// The call was for a summary of the conversation.
    Summary,
    /// A step that was queued for the session or for all.
    Queue,
    /// A step of the script in the prompt, counted from 0.
    Script {
        /// The step.
        step: usize,
    },
    /// The script in the prompt has no such step.
    ScriptExhausted {
        /// The step that is missing, counted from 0.
        step: usize,
    },
    /// The text behind the marker was no script; the call was answered with status 400.
    BadScript,
    /// Nothing else had an answer.
    Default,
}

/// How far an answer has come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is being sent.
    Running,
    /// It waits at a hold of this name.
    Holding {
        /// The name.
        name: String,
    },
    /// It will never end by itself.
    Hanging,
    /// It was sent to its end.
    Finished {
        /// The reason that was given.
        reason: String,
    },
    /// It was sent without a reason for its end.
    EndedWithoutFinish,
    /// It was an HTTP status.
    Status {
        /// The code.
        code: u16,
    },
    /// The script broke the connection.
    Disconnected,
    /// The caller went away before the end.
    ClientClosed,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Holding { name } => write!(f, "holding at {name}"),
            Self::Hanging => f.write_str("hanging"),
            Self::Finished { reason } => write!(f, "finished ({reason})"),
            Self::EndedWithoutFinish => f.write_str("ended without a reason"),
            Self::Status { code } => write!(f, "status {code}"),
            Self::Disconnected => f.write_str("disconnected"),
            Self::ClientClosed => f.write_str("closed by the caller"),
        }
    }
}
