//! What a model can be told to do within one answer.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One operation of a scripted answer.
///
/// The operations of a step run in order inside one model response.
/// In a prompt they are JSON objects whose `op` names the variant in lower case, for example
/// `{"op":"text","text":"hi"}` or `{"op":"tool","name":"bash","args":{"command":"ls"}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Op {
    /// Text for the reader.
    Text {
        /// What is said in all.
        text: String,
        /// In which pieces it is sent.
        #[serde(default, skip_serializing_if = "Pace::is_default")]
        pace: Pace,
    },
    /// The same piece of text many times: a long answer in a short script.
    Repeat {
        /// One piece.
        text: String,
        /// How many pieces.
        times: usize,
        /// Only its delay counts; the pieces are given.
        #[serde(default, skip_serializing_if = "Pace::is_default")]
        pace: Pace,
    },
    /// Text that the model thinks rather than says (`reasoning_content`).
    Reasoning {
        /// What is thought in all.
        text: String,
        /// In which pieces it is sent.
        #[serde(default, skip_serializing_if = "Pace::is_default")]
        pace: Pace,
    },
    /// A tool call.
    Tool {
        /// The tool's name.
        name: String,
        /// The arguments.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        args: Value,
        /// Sent instead of the arguments: text that need not be JSON.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        raw_args: Option<String>,
        /// The call's id; a fresh one without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// In which pieces the arguments are sent; in one without it.
        #[serde(default, skip_serializing_if = "Pace::is_default")]
        pace: Pace,
    },
    /// A pause on tokio's clock, which a test may have paused.
    Sleep {
        /// Its length in milliseconds.
        ms: u64,
    },
    /// A pause until [`Model::release`](super::Model::release) is called with this name.
    Hold {
        /// The name.
        name: String,
    },
    /// Nothing more, for ever; the connection stays open.
    Hang,
    /// The connection breaks off in the middle of the body, after everything before was sent.
    Disconnect,
    /// These characters into the stream as they are, for malformed events.
    Raw {
        /// The characters; an event ends with an empty line.
        text: String,
    },
    /// An error object as an event of the stream, as some providers report an overload.
    Error {
        /// The object under `error`.
        error: Value,
    },
    /// An HTTP status instead of a stream; wherever it stands, it comes first.
    Status {
        /// The status code.
        code: u16,
        /// A string is sent as plain text, everything else as JSON; an error object without it.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        body: Value,
        /// Extra response headers, `retry-after` for one.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
        /// Only so many calls of this step and session fail; the next one runs the other
        /// operations. Without it every call fails.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        times: Option<u32>,
    },
    /// The token counts at the end of the answer, in the provider's own names.
    Usage {
        /// Replaces the object under `usage`.
        usage: Value,
    },
    /// Why the answer ends, instead of `stop` or `tool_calls`.
    Finish {
        /// `length`, `content_filter` and so on.
        reason: String,
    },
    /// The stream ends without saying why.
    NoFinish,
}

/// In which pieces something is sent, and how fast.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Pace {
    /// Characters in a piece; whole words without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chars: Option<usize>,
    /// The number of pieces, where `chars` is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pieces: Option<usize>,
    /// A pause after each piece in milliseconds of tokio's clock. Without one the pieces travel
    /// together.
    #[serde(skip_serializing_if = "is_zero")]
    pub delay_ms: u64,
}

impl Op {
    /// Text for the reader, word by word.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), pace: Pace::default() }
    }

    /// `times` pieces of the same text.
    #[must_use]
    pub fn repeat(text: impl Into<String>, times: usize) -> Self {
        Self::Repeat { text: text.into(), times, pace: Pace::default() }
    }

    /// Text that is thought, word by word.
    #[must_use]
    pub fn reasoning(text: impl Into<String>) -> Self {
        Self::Reasoning { text: text.into(), pace: Pace::default() }
    }

    /// A tool call with proper arguments.
    #[must_use]
    pub fn tool(name: impl Into<String>, args: Value) -> Self {
        Self::Tool { name: name.into(), args, raw_args: None, id: None, pace: Pace::default() }
    }

    /// A tool call whose arguments are this text, which need not be JSON.
    #[must_use]
    pub fn tool_with_raw_args(name: impl Into<String>, raw_args: impl Into<String>) -> Self {
        Self::Tool {
            name: name.into(),
            args: Value::Null,
            raw_args: Some(raw_args.into()),
            id: None,
            pace: Pace::default(),
        }
    }

    /// A pause on tokio's clock, to the millisecond.
    #[must_use]
    pub fn sleep(pause: Duration) -> Self {
        Self::Sleep { ms: millis(pause) }
    }

    /// A pause until [`Model::release`](super::Model::release).
    #[must_use]
    pub fn hold(name: impl Into<String>) -> Self {
        Self::Hold { name: name.into() }
    }

    /// Characters into the stream as they are.
    #[must_use]
    pub fn raw(text: impl Into<String>) -> Self {
        Self::Raw { text: text.into() }
    }

    /// An error object inside the stream.
    #[must_use]
    pub fn error(error: Value) -> Self {
        Self::Error { error }
    }

    /// An HTTP error with a body of its own, at every call.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self::Status { code, body: Value::Null, headers: BTreeMap::new(), times: None }
    }

    /// Token counts, in the provider's own names.
    #[must_use]
    pub fn usage(usage: Value) -> Self {
        Self::Usage { usage }
    }

    /// Why the answer ends.
    #[must_use]
    pub fn finish(reason: impl Into<String>) -> Self {
        Self::Finish { reason: reason.into() }
    }

    /// Sends pieces of so many characters; for text, reasoning and tool calls.
    #[must_use]
    pub fn with_chars(mut self, chars: usize) -> Self {
        if let Some(pace) = self.pace_mut() {
            pace.chars = Some(chars);
        }
        self
    }

    /// Sends so many pieces of about the same length; for text, reasoning and tool calls.
    #[must_use]
    pub fn with_pieces(mut self, pieces: usize) -> Self {
        if let Some(pace) = self.pace_mut() {
            pace.pieces = Some(pieces);
        }
        self
    }

    /// Pauses after each piece; for text, repeated text, reasoning and tool calls.
    #[must_use]
    pub fn with_delay(mut self, pause: Duration) -> Self {
        if let Some(pace) = self.pace_mut() {
            pace.delay_ms = millis(pause);
        }
        self
    }

    /// Gives a tool call this id; for tool calls.
    #[must_use]
    pub fn with_id(mut self, call_id: impl Into<String>) -> Self {
        if let Self::Tool { id, .. } = &mut self {
            *id = Some(call_id.into());
        }
        self
    }

    /// Gives an HTTP error this body; for [`Op::status`].
    #[must_use]
    pub fn with_body(mut self, value: Value) -> Self {
        if let Self::Status { body, .. } = &mut self {
            *body = value;
        }
        self
    }

    /// Gives an HTTP error this response header; for [`Op::status`].
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Self::Status { headers, .. } = &mut self {
            headers.insert(name.into(), value.into());
        }
        self
    }

    /// Lets only the first `limit` calls fail; for [`Op::status`].
    #[must_use]
    pub fn times(mut self, limit: u32) -> Self {
        if let Self::Status { times, .. } = &mut self {
            *times = Some(limit);
        }
        self
    }

    fn pace_mut(&mut self) -> Option<&mut Pace> {
        match self {
            Self::Text { pace, .. }
            | Self::Repeat { pace, .. }
            | Self::Reasoning { pace, .. }
            | Self::Tool { pace, .. } => Some(pace),
            _ => None,
        }
    }
}

impl Pace {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn millis(pause: Duration) -> u64 {
    u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)
}
