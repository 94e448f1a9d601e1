//! Tool calls.

use super::object::object;
use super::open_enum::open_enum;
use super::{Json, Part, PartTime};
use crate::ids::CallId;

open_enum! {
    /// How far a tool call has come.
    pub enum ToolStatus {
        /// The model is still writing its input.
        Pending = "pending",
        /// It runs.
        Running = "running",
        /// It gave a result.
        Completed = "completed",
        /// It failed, or was refused.
        Error = "error",
    }
}

impl ToolStatus {
    /// Whether the call has ended.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Completed | Self::Error)
    }

    /// Statuses only rise: a lower one that arrives late is stale.
    pub(crate) const fn rank(&self) -> u8 {
        match self {
            Self::Pending => 0,
            Self::Running | Self::Unknown(_) => 1,
            Self::Completed | Self::Error => 2,
        }
    }
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolPart {
    /// The call, named by the model provider.
    pub call_id: CallId,
    /// The tool. The server renames a call of a tool that does not exist to `invalid`.
    pub tool: String,
    /// How far it has come, and with what.
    pub state: ToolState,
    /// What the provider attached to the call.
    pub metadata: Option<Json>,
}

object! {
    /// How far a tool call has come, and with what. Which fields are there depends on the status.
    pub struct ToolState {
        /// How far it has come.
        status: ToolStatus = "status",
        /// What the tool was called with; `{}` while pending.
        input: Option<Json> = "input",
        /// The input as the model wrote it, while pending.
        raw: Option<String> = "raw",
        /// A title for people.
        title: Option<String> = "title",
        /// What the tool returned to the model.
        output: Option<String> = "output",
        /// Why it failed.
        error: Option<String> = "error",
        /// What the tool says besides; a `task` names its child session here, a `bash` its output so far.
        metadata: Option<Json> = "metadata",
        /// When it started and ended.
        time: Option<PartTime> = "time",
        /// Files that it returned.
        attachments: Option<Vec<Part>> = "attachments",
    }
}

impl ToolPart {
    /// The session that a `task` call runs in, once the server has said it.
    #[must_use]
    pub fn child_session(&self) -> Option<crate::ids::SessionId> {
        #[derive(serde::Deserialize)]
        struct Metadata {
            #[serde(rename = "sessionId", alias = "sessionID")]
            session_id: crate::ids::SessionId,
        }
        let metadata: Metadata = serde_json::from_str(self.state.metadata.as_ref()?.as_str()).ok()?;
        Some(metadata.session_id)
    }
}
