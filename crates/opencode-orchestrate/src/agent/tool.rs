//! A tool call, as it is at some moment.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A tool call, as it is at some moment. A host keeps the last one of each [`id`](Self::id).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolSnapshot {
    /// The call, by an id of its own.
    pub id: String,
    /// The call, as the model's provider has named it. Some name the calls of each step alike, so it tells calls of one
    /// step apart and no more.
    pub call_id: String,
    /// The tool, as the model has called it.
    pub tool: String,
    /// What is done to what, for people: `Read: src/main.rs`.
    pub title: String,
    /// What sort of thing the tool does.
    pub kind: ToolKind,
    /// How far the call has come.
    pub status: CallStatus,
    /// What the tool was called with; `null` until it is known.
    pub input: Value,
    /// What the tool has returned; of a command that runs, what it has printed so far.
    pub output: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

impl ToolSnapshot {
    /// A call of which nothing more is known than that the tool is being called.
    #[must_use]
    pub fn new(id: impl Into<String>, tool: impl Into<String>) -> Self {
        let (id, tool) = (id.into(), tool.into());
        Self {
            call_id: id.clone(),
            id,
            title: tool.clone(),
            tool,
            kind: ToolKind::Other,
            status: CallStatus::Pending,
            input: Value::Null,
            output: None,
            error: None,
        }
    }
}

/// How far a tool call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallStatus {
    /// The model is still writing its input.
    Pending,
    /// It runs.
    InProgress,
    /// It gave a result.
    Completed,
    /// It failed, was refused, or was left behind when the turn ended.
    Failed,
}

impl CallStatus {
    /// Whether the call has ended.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// What sort of thing a tool does, for an icon. The words are those of the Agent Client Protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolKind {
    /// It reads files.
    Read,
    /// It changes files.
    Edit,
    /// It looks for something, in files or on the web.
    Search,
    /// It runs commands.
    Execute,
    /// It fetches something from outside.
    Fetch,
    /// It plans.
    Think,
    /// Something else, or it is not known what.
    Other,
}

impl ToolKind {
    /// What a tool of OpenCode does, by its [canonical name](crate::display::ToolDisplay::canonical_name).
    pub(super) fn of(name: &str) -> Self {
        match name {
            "read" | "list" | "ls" => Self::Read,
            "write" | "edit" | "multiedit" | "apply_patch" | "patch" => Self::Edit,
            "grep"
            | "glob"
            | "websearch"
            | "codesearch"
            | "search_web"
            | "web_search_exa"
            | "get_code_context_exa" => Self::Search,
            "bash" => Self::Execute,
            "webfetch" | "fetch_url" => Self::Fetch,
            "todowrite" | "todoread" => Self::Think,
            _ => Self::Other,
        }
    }
}
