//! What an agent asks of people.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that an agent asks of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Request {
    /// By what it is answered.
    pub id: String,
    /// What sort of answer is wanted.
    pub kind: RequestKind,
    /// What is asked, in one line for people: the action with what it acts on, or the first question.
    pub what: String,
    /// The agent's own id of the tool call that waits; `None` where there is none.
    pub call_id: Option<String>,
    /// All that is known of it, in the agent's own form.
    pub detail: Value,
}

/// What sort of answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RequestKind {
    /// Whether the agent may do something.
    Permission,
    /// One or more questions.
    Question,
}

impl Request {
    /// A request of which nothing more is known.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: RequestKind, what: impl Into<String>) -> Self {
        Self { id: id.into(), kind, what: what.into(), call_id: None, detail: Value::Null }
    }
}
