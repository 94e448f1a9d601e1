//! What a picture is made of. Each has the fields of the entry that tells it.

use opencode_wire::ids::{PartId, SessionId};
use opencode_wire::model::Json;
use opencode_wire::reply::Usage;
use serde::{Deserialize, Serialize};

use crate::log::Growing;

/// A part of the reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShownPart {
    /// The part.
    pub part_id: PartId,
    /// The session of the tree that it belongs to.
    pub session_id: SessionId,
    /// Its place in reading order: first by this number, then by its id.
    pub place: u64,
    /// The part without the field that grows.
    pub body: Json,
    /// The field that may grow, with what it holds so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growing: Option<Growing>,
}

/// A step of the answer that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShownStep {
    /// The part that ended it, by which it is counted once.
    pub step_id: PartId,
    /// The session of the tree that made it.
    pub session_id: SessionId,
    /// What it used.
    pub usage: Usage,
}

/// What a person is asked, and has not answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpenRequest {
    /// The server's id for it.
    pub request_id: String,
    /// The session of the tree whose agent asks.
    pub session_id: SessionId,
    /// `permission` or `question`.
    pub kind: String,
    /// The request, as the server says it.
    pub request: Json,
}

/// A sub-agent with a session of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShownChild {
    /// Its session.
    pub session_id: SessionId,
    /// The session that started it.
    pub parent_id: SessionId,
}

/// Something that failed; not always the turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShownFailure {
    /// The session of the tree.
    pub session_id: SessionId,
    /// What the server says of it.
    pub error: Json,
}
