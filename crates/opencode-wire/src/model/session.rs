//! Sessions, their status, their rules and their todo lists.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::object::object;
use super::open_enum::open_enum;
use super::{Count, Json, ModelRef, Timestamp, Tokens};
use crate::ids::{MessageId, ProjectId, SessionId, WorkspaceId};

object! {
    /// A session: a conversation with an agent in a directory.
    pub struct Session {
        /// The session.
        id: SessionId = "id",
        /// The session whose agent started this one.
        parent_id: Option<SessionId> = "parentID",
        /// The project that the directory belongs to.
        project_id: Option<ProjectId> = "projectID",
        /// The workspace it runs in.
        workspace_id: Option<WorkspaceId> = "workspaceID",
        /// The directory it works in.
        directory: String = "directory",
        /// What it is called.
        title: String = "title",
        /// The server version that made it.
        version: String = "version",
        /// The agent of its last prompt.
        agent: Option<String> = "agent",
        /// The model of its last prompt.
        model: Option<ModelRef> = "model",
        /// What it cost so far.
        cost: Option<f64> = "cost",
        /// The tokens it used so far.
        tokens: Option<Tokens> = "tokens",
        /// When it was made and changed.
        time: SessionTime = "time",
        /// Its permission rules; the last one that matches wins.
        permission: Option<Vec<PermissionRule>> = "permission",
        /// The message that it was reverted to.
        revert: Option<Revert> = "revert",
        /// Where it is shared.
        share: Option<Json> = "share",
        /// What the host noted on it.
        metadata: Option<Json> = "metadata",
    }
}

object! {
    /// When a session was made and changed.
    #[derive(Default)]
    pub struct SessionTime {
        /// When it was made.
        created: Timestamp = "created",
        /// When it was last changed.
        updated: Timestamp = "updated",
        /// Since when it is being compacted.
        compacting: Option<Timestamp> = "compacting",
        /// When it was archived.
        archived: Option<Timestamp> = "archived",
    }
}

object! {
    /// The point that a session was reverted to.
    pub struct Revert {
        /// The first message that was taken back.
        message_id: MessageId = "messageID",
        /// The first part that was taken back, if only a part of the message was.
        part_id: Option<crate::ids::PartId> = "partID",
        /// The snapshot of the files before.
        snapshot: Option<String> = "snapshot",
        /// What taking it back changed in the files.
        diff: Option<String> = "diff",
    }
}

object! {
    /// A rule about what an agent may do.
    pub struct PermissionRule {
        /// The kind of action, such as `bash` or `edit`; `*` for all.
        permission: String = "permission",
        /// What it acts on, such as a command or a path; `*` matches any text.
        pattern: String = "pattern",
        /// What to do when it comes up.
        action: PermissionAction = "action",
    }
}

open_enum! {
    /// What to do when a permission comes up.
    pub enum PermissionAction {
        /// Let it happen.
        Allow = "allow",
        /// Refuse it.
        Deny = "deny",
        /// Ask a person.
        Ask = "ask",
    }
}

impl PermissionRule {
    /// A rule for one permission and pattern.
    #[must_use]
    pub fn new(permission: impl Into<String>, pattern: impl Into<String>, action: PermissionAction) -> Self {
        Self {
            permission: permission.into(),
            pattern: pattern.into(),
            action,
            extra: super::Extra::default(),
        }
    }
}

object! {
    /// An entry of a todo list.
    pub struct Todo {
        /// What is to be done.
        content: String = "content",
        /// `pending`, `in_progress`, `completed` or `cancelled`; some servers write `in-progress`.
        status: String = "status",
        /// `high`, `medium` or `low`.
        priority: Option<String> = "priority",
    }
}

object! {
    /// A change to a file.
    pub struct FileDiff {
        /// The file, relative to the project.
        file: Option<String> = "file",
        /// The change as a unified diff.
        patch: Option<String> = "patch",
        /// Lines added.
        additions: Count = "additions",
        /// Lines removed.
        deletions: Count = "deletions",
        /// `added`, `deleted` or `modified`.
        status: Option<String> = "status",
    }
}

/// What a session is doing.
///
/// The server keeps it in memory only, and forgets it when a session goes idle: absence from its list means idle,
/// or not started, or lost in a restart.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SessionStatus {
    /// Nothing.
    Idle,
    /// A step is running. Repeated within a turn, and once more just before it goes idle.
    Busy,
    /// A request to the provider failed and will be tried again.
    Retry(Retry),
    /// Something that this version of the crate does not know.
    Unknown(Json),
}

object! {
    /// A request to a provider that will be tried again.
    #[derive(Default)]
    pub struct Retry {
        /// The number of the coming try, from 1.
        attempt: Count = "attempt",
        /// Why the last one failed.
        message: String = "message",
        /// When the coming one starts.
        next: Option<Timestamp> = "next",
        /// What a person could do about it.
        action: Option<Json> = "action",
    }
}

impl SessionStatus {
    /// Whether the session does nothing.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }
}

impl<'de> Deserialize<'de> for SessionStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Json::deserialize(deserializer)?;
        #[derive(Deserialize)]
        struct Tag<'a> {
            #[serde(borrow, rename = "type")]
            tag: std::borrow::Cow<'a, str>,
        }
        let text = raw.as_str();
        let tag = match serde_json::from_str::<Tag<'_>>(text) {
            Ok(tag) => tag.tag.into_owned(),
            // Some servers write the bare word.
            Err(_) => serde_json::from_str::<String>(text).unwrap_or_default(),
        };
        Ok(match tag.as_str() {
            "idle" => Self::Idle,
            "busy" => Self::Busy,
            "retry" => match serde_json::from_str::<Retry>(text) {
                Ok(retry) => Self::Retry(retry),
                Err(_) => Self::Unknown(raw),
            },
            _ => Self::Unknown(raw),
        })
    }
}

impl Serialize for SessionStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Idle => serde_json::json!({"type": "idle"}).serialize(serializer),
            Self::Busy => serde_json::json!({"type": "busy"}).serialize(serializer),
            Self::Retry(retry) => retry.serialize(serializer),
            Self::Unknown(raw) => raw.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_read_in_every_notation() {
        let read = |text| serde_json::from_str::<SessionStatus>(text).unwrap();
        assert_eq!(read(r#"{"type":"idle"}"#), SessionStatus::Idle);
        assert_eq!(read(r#""idle""#), SessionStatus::Idle);
        assert_eq!(read(r#"{"type":"busy"}"#), SessionStatus::Busy);
        let retry = read(r#"{"type":"retry","attempt":2,"message":"scripted 500","next":1795211551580}"#);
        assert!(matches!(&retry, SessionStatus::Retry(retry) if retry.attempt.get() == 2));
        assert!(serde_json::to_string(&retry).unwrap().contains(r#""type":"retry""#));
        assert!(matches!(read(r#"{"type":"image_processing"}"#), SessionStatus::Unknown(_)));
        assert!(matches!(read("7"), SessionStatus::Unknown(_)));
    }
}
