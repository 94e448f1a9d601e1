//! What happens to the files, projects and workspaces of a server.

use serde::Deserialize;

use crate::ids::{MessageId, ProjectId, SessionId, WorkspaceId};
use crate::model::object::{Field, object};
use crate::model::{Json, Timestamp};

/// A command was executed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CommandExecuted {
    /// The session.
    #[serde(rename = "sessionID")]
    pub session_id: SessionId,
    /// The message that it made.
    #[serde(rename = "messageID")]
    pub message_id: MessageId,
    /// The command.
    pub name: String,
    /// What it was called with, as one text.
    #[serde(default)]
    pub arguments: String,
}

/// A plugin has been loaded: a server tells some forty of them when it opens a directory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PluginAdded {
    /// The plugin's name.
    pub id: String,
}

/// An agent has changed a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FileEdited {
    /// The file, as an absolute path.
    pub file: String,
}

/// Somebody has changed a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FileWatcherUpdated {
    /// The file, as an absolute path.
    pub file: String,
    /// `add`, `change` or `unlink`.
    pub event: String,
}

/// The directory is on another branch now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct VcsBranchUpdated {
    /// The branch, if there is one.
    #[serde(default)]
    pub branch: Option<String>,
}

object! {
    /// A project: what the server derives from the repository that a directory belongs to.
    pub struct Project {
        /// The project.
        id: ProjectId = "id",
        /// The root of its working tree.
        worktree: String = "worktree",
        /// Its version control: `git`.
        vcs: Option<String> = "vcs",
        /// What people call it.
        name: Option<String> = "name",
        /// How it is shown.
        icon: Option<Json> = "icon",
        /// Its commands, such as the one that starts it.
        commands: Option<Json> = "commands",
        /// When it was made and changed.
        time: ProjectTime = "time",
        /// Further working trees.
        sandboxes: Vec<String> = "sandboxes",
    }
}

object! {
    /// When a project was made and changed.
    #[derive(Default)]
    pub struct ProjectTime {
        /// When it was made.
        created: Timestamp = "created",
        /// When it was last changed.
        updated: Timestamp = "updated",
        /// When it was initialized.
        initialized: Option<Timestamp> = "initialized",
    }
}

impl Field for ProjectTime {
    fn absent() -> Option<Self> {
        Some(Self::default())
    }
}

impl Field for ProjectId {
    fn absent() -> Option<Self> {
        None
    }
}

/// The directories of a project are others now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ProjectDirectoriesUpdated {
    /// The project.
    #[serde(rename = "projectID")]
    pub project_id: ProjectId,
}

/// A workspace or a working tree can be used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct WorkspaceReady {
    /// Its name.
    pub name: String,
    /// Its branch; told for working trees only.
    #[serde(default)]
    pub branch: Option<String>,
}

/// A workspace or a working tree could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct WorkspaceFailed {
    /// Why.
    pub message: String,
}

/// A workspace's connection has changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct WorkspaceStatusChanged {
    /// The workspace.
    #[serde(rename = "workspaceID")]
    pub workspace_id: WorkspaceId,
    /// `connected`, `connecting`, `disconnected` or `error`.
    pub status: String,
}
