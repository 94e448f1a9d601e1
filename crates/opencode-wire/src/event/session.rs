//! What the events of a session carry.

use std::sync::Arc;

use serde::Deserialize;

use super::wire_session::shared_text;
use crate::ids::{MessageId, PartId, PermissionId, QuestionId, SessionId};
use crate::model::{FileDiff, Message, MessageError, Part, PermissionReply, Session, SessionStatus, Todo};

/// A part has grown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PartDelta {
    /// The session.
    #[serde(rename = "sessionID")]
    pub session_id: SessionId,
    /// The message.
    #[serde(rename = "messageID")]
    pub message_id: MessageId,
    /// The part.
    #[serde(rename = "partID")]
    pub part_id: PartId,
    /// Which of its fields has grown. Servers of today say `text` for reasoning too.
    #[serde(default)]
    pub field: DeltaField,
    /// What was appended, verbatim.
    #[serde(deserialize_with = "shared_text")]
    pub delta: Arc<str>,
}

/// Which field of a part has grown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DeltaField {
    /// Its text.
    #[default]
    Text,
    /// Its reasoning.
    Reasoning,
    /// Something that this version of the crate does not know.
    Unknown(Box<str>),
}

/// A part is as told now.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PartUpdated {
    /// The session.
    pub session_id: SessionId,
    /// The part.
    pub part: Part,
}

/// A part is gone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PartRemoved {
    /// The session.
    #[serde(rename = "sessionID")]
    pub session_id: SessionId,
    /// The message.
    #[serde(rename = "messageID")]
    pub message_id: MessageId,
    /// The part.
    #[serde(rename = "partID")]
    pub part_id: PartId,
}

/// A message is as told now.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MessageUpdated {
    /// The session.
    pub session_id: SessionId,
    /// The message.
    pub info: Message,
}

/// A message is gone with its parts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MessageRemoved {
    /// The session.
    #[serde(rename = "sessionID")]
    pub session_id: SessionId,
    /// The message.
    #[serde(rename = "messageID")]
    pub message_id: MessageId,
}

/// A session was made, changed or deleted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SessionChanged {
    /// The session.
    pub session_id: SessionId,
    /// As it is, or was.
    pub info: Session,
}

/// What a session does has changed, or is told again.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct SessionStatusChanged {
    /// The session.
    #[serde(rename = "sessionID")]
    pub session_id: SessionId,
    /// What it does.
    pub status: SessionStatus,
}

/// Something failed; not always the turn.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct SessionError {
    /// The session; absent when a plugin or a skill failed to load.
    #[serde(default, rename = "sessionID")]
    pub session_id: Option<SessionId>,
    /// What failed.
    #[serde(default)]
    pub error: Option<MessageError>,
}

/// The files that a session has changed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct SessionDiff {
    /// The session.
    #[serde(rename = "sessionID")]
    pub session_id: SessionId,
    /// Empty after plain turns on servers of today: the summary of the user message has the files.
    #[serde(default)]
    pub diff: Vec<FileDiff>,
}

/// A session's todo list is as told now.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct TodoUpdated {
    /// The session.
    #[serde(rename = "sessionID")]
    pub session_id: SessionId,
    /// The whole list.
    #[serde(default)]
    pub todos: Vec<Todo>,
}

/// Somebody has answered a permission request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PermissionReplied {
    /// The session.
    #[serde(rename = "sessionID")]
    pub session_id: SessionId,
    /// The request.
    #[serde(rename = "requestID")]
    pub request_id: PermissionId,
    /// The answer.
    pub reply: PermissionReply,
}

/// Somebody has answered a question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct QuestionReplied {
    /// The session.
    #[serde(rename = "sessionID")]
    pub session_id: SessionId,
    /// The request.
    #[serde(rename = "requestID")]
    pub request_id: QuestionId,
    /// For each question the chosen labels.
    #[serde(default)]
    pub answers: Vec<Vec<String>>,
}

/// Somebody has refused to answer a question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct QuestionRejected {
    /// The session.
    #[serde(rename = "sessionID")]
    pub session_id: SessionId,
    /// The request.
    #[serde(rename = "requestID")]
    pub request_id: QuestionId,
}
