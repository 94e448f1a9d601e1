//! Parts: what messages are made of.

use super::object::object;
use super::{Count, Extra, Json, MessageError, Timestamp, Tokens, ToolPart};
use crate::ids::{MessageId, PartId, SessionId};

/// A part of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The part.
    pub id: PartId,
    /// The session it belongs to.
    pub session_id: SessionId,
    /// The message it belongs to.
    pub message_id: MessageId,
    /// What it is.
    pub kind: PartKind,
    /// Fields that this version of the crate does not know.
    pub extra: Extra,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PartKind {
    /// Text for people, or the text of a prompt.
    Text(TextPart),
    /// What the model thought.
    Reasoning(TextPart),
    /// A call of a tool.
    Tool(Box<ToolPart>),
    /// A file, by reference or as a data URL.
    File(FilePart),
    /// A step begins.
    StepStart(StepStart),
    /// A step ended.
    StepFinish(Box<StepFinish>),
    /// Files that a step changed.
    Patch(PatchPart),
    /// A snapshot of the files.
    Snapshot(SnapshotPart),
    /// A prompt asks for a sub-agent.
    Subtask(Box<SubtaskPart>),
    /// A prompt mentions an agent.
    Agent(AgentPart),
    /// A try that failed.
    Retry(Box<RetryPart>),
    /// The conversation is compacted here.
    Compaction(CompactionPart),
    /// Something that this version of the crate does not know.
    Unknown(UnknownPart),
}

object! {
    /// When a part started and ended.
    #[derive(Default)]
    pub struct PartTime {
        /// When it started.
        start: Option<Timestamp> = "start",
        /// When it ended; absent while it grows.
        end: Option<Timestamp> = "end",
        /// When it was made, for parts that take no time.
        created: Option<Timestamp> = "created",
        /// When its output was dropped to save context.
        compacted: Option<Timestamp> = "compacted",
    }
}

/// Text, of an answer, of a prompt or of a model's reasoning.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextPart {
    /// The text.
    pub text: String,
    /// The server wrote it in a person's name.
    pub synthetic: Option<bool>,
    /// It is not sent to the model.
    pub ignored: Option<bool>,
    /// When it started and ended.
    pub time: Option<PartTime>,
    /// What the provider or the server attached.
    pub metadata: Option<Json>,
}

impl TextPart {
    /// Whether the text is whole: the server has written its end.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.time.as_ref().is_some_and(|time| time.end.is_some())
    }
}

/// A file, by reference or as a data URL.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FilePart {
    /// Its content type.
    pub mime: String,
    /// Its name.
    pub filename: Option<String>,
    /// Where it is: `file:`, `data:` or `http:`.
    pub url: String,
    /// Where in a prompt it was mentioned.
    pub source: Option<Json>,
}

/// A step begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepStart {
    /// The snapshot of the files before it.
    pub snapshot: Option<String>,
}

/// A step ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepFinish {
    /// Why: `stop`, `tool-calls`, `length`, `content-filter`, `unknown` and others.
    pub reason: String,
    /// The snapshot of the files after it.
    pub snapshot: Option<String>,
    /// What it cost.
    pub cost: f64,
    /// The tokens it used.
    pub tokens: Tokens,
}

/// Files that a step changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PatchPart {
    /// The snapshot before the change.
    pub hash: String,
    /// The files.
    pub files: Vec<String>,
}

/// A snapshot of the files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SnapshotPart {
    /// The snapshot.
    pub snapshot: String,
}

/// A prompt asks for a sub-agent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SubtaskPart {
    /// What the sub-agent is told.
    pub prompt: String,
    /// What people are told.
    pub description: String,
    /// The sub-agent.
    pub agent: String,
    /// The model it should use.
    pub model: Option<Json>,
    /// The command that the prompt came from.
    pub command: Option<String>,
}

/// A prompt mentions an agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentPart {
    /// The agent.
    pub name: String,
    /// Where in the prompt.
    pub source: Option<Json>,
}

/// A try that failed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RetryPart {
    /// The number of the try.
    pub attempt: Count,
    /// Why it failed.
    pub error: Option<MessageError>,
    /// When.
    pub time: Option<PartTime>,
}

/// The conversation is compacted here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompactionPart {
    /// The server decided it, not a person.
    pub auto: bool,
    /// The conversation had outgrown the model's context.
    pub overflow: Option<bool>,
    /// The first message that was kept as it is.
    pub tail_start_id: Option<MessageId>,
}

/// A part of a type that this version of the crate does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPart {
    /// The server's name for the type.
    pub type_name: Box<str>,
    /// All its fields.
    pub raw: Json,
}
