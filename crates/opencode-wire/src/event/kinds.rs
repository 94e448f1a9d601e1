//! Which type names stand for which kinds of events: the one table of them all.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny};

use super::next::{NextEvent, NextType};
use super::{EventKind, OnlySession};

/// From the table: the type of an event, its name, and how its content is read.
macro_rules! event_types {
    (
        carrying { $($payload:ident = $payload_name:literal,)* }
        naming a session { $($session:ident = $session_name:literal,)* }
        carrying nothing { $($bare:ident = $bare_name:literal,)* }
    ) => {
        /// The type of an event. As a seed it reads the event's content.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum EventType {
            $($payload,)*
            $($session,)*
            $($bare,)*
            Next(NextType),
            Unknown,
        }

        impl EventType {
            /// The type of that name.
            pub(super) fn from_name(name: &str) -> Self {
                match name {
                    $($payload_name => Self::$payload,)*
                    $($session_name => Self::$session,)*
                    $($bare_name => Self::$bare,)*
                    _ => NextType::from_name(name).map_or(Self::Unknown, Self::Next),
                }
            }
        }

        impl<'de> DeserializeSeed<'de> for EventType {
            type Value = EventKind;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<EventKind, D::Error> {
                match self {
                    $(Self::$payload => Deserialize::deserialize(deserializer).map(EventKind::$payload),)*
                    $(Self::$session => {
                        let session = OnlySession::deserialize(deserializer)?;
                        Ok(EventKind::$session(session.session_id))
                    })*
                    $(Self::$bare => IgnoredAny::deserialize(deserializer).map(|_| EventKind::$bare),)*
                    Self::Next(next_type) => {
                        let event = NextEvent::deserialize_as(next_type, deserializer)?;
                        Ok(EventKind::Next(Box::new(event)))
                    }
                    Self::Unknown => Err(serde::de::Error::custom("an event of an unknown type")),
                }
            }
        }

        impl EventKind {
            /// The server's name for the type; empty for an unknown event without one.
            #[must_use]
            pub fn type_name(&self) -> &str {
                match self {
                    $(Self::$payload(_) => $payload_name,)*
                    $(Self::$session(_) => $session_name,)*
                    $(Self::$bare => $bare_name,)*
                    Self::Next(event) => event.kind.type_name(),
                    Self::Unknown(event) => &event.type_name,
                }
            }
        }

        #[cfg(test)]
        pub(super) const NAMES: &[&str] = &[$($payload_name,)* $($session_name,)* $($bare_name,)*];
    };
}

event_types! {
    carrying {
        PartDelta = "message.part.delta",
        PartUpdated = "message.part.updated",
        PartRemoved = "message.part.removed",
        MessageUpdated = "message.updated",
        MessageRemoved = "message.removed",
        SessionCreated = "session.created",
        SessionUpdated = "session.updated",
        SessionDeleted = "session.deleted",
        SessionStatus = "session.status",
        SessionError = "session.error",
        SessionDiff = "session.diff",
        TodoUpdated = "todo.updated",
        PermissionAsked = "permission.asked",
        PermissionReplied = "permission.replied",
        QuestionAsked = "question.asked",
        QuestionReplied = "question.replied",
        QuestionRejected = "question.rejected",
        PermissionV2Asked = "permission.v2.asked",
        PermissionV2Replied = "permission.v2.replied",
        QuestionV2Asked = "question.v2.asked",
        QuestionV2Replied = "question.v2.replied",
        QuestionV2Rejected = "question.v2.rejected",
        Sync = "sync",
        CommandExecuted = "command.executed",
        PluginAdded = "plugin.added",
        FileEdited = "file.edited",
        FileWatcherUpdated = "file.watcher.updated",
        VcsBranchUpdated = "vcs.branch.updated",
        ProjectUpdated = "project.updated",
        ProjectDirectoriesUpdated = "project.directories.updated",
        WorktreeReady = "worktree.ready",
        WorktreeFailed = "worktree.failed",
        WorkspaceReady = "workspace.ready",
        WorkspaceFailed = "workspace.failed",
        WorkspaceStatus = "workspace.status",
        PtyCreated = "pty.created",
        PtyUpdated = "pty.updated",
        PtyExited = "pty.exited",
        PtyDeleted = "pty.deleted",
        TuiPromptAppend = "tui.prompt.append",
        TuiCommandExecute = "tui.command.execute",
        TuiToastShow = "tui.toast.show",
        InstallationUpdated = "installation.updated",
        InstallationUpdateAvailable = "installation.update-available",
        IntegrationConnectionUpdated = "integration.connection.updated",
        McpToolsChanged = "mcp.tools.changed",
        McpBrowserOpenFailed = "mcp.browser.open.failed",
        InstanceDisposed = "server.instance.disposed",
    }
    naming a session {
        SessionIdle = "session.idle",
        SessionCompacted = "session.compacted",
        TuiSessionSelect = "tui.session.select",
    }
    carrying nothing {
        ServerConnected = "server.connected",
        ServerHeartbeat = "server.heartbeat",
        GlobalDisposed = "global.disposed",
        CatalogUpdated = "catalog.updated",
        IntegrationUpdated = "integration.updated",
        ReferenceUpdated = "reference.updated",
        LspUpdated = "lsp.updated",
        ModelsRefreshed = "models-dev.refreshed",
    }
}
