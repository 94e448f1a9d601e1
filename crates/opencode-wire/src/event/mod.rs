//! Events: what the server tells about everything that happens.
//!
//! [`Event::decode`] reads one from the `data` of a frame. It takes what any stream of any supported server sends:
//! the bare events of one directory, the wrapped ones of the global stream with their [`SyncRecord`]s, and the V2
//! ones. Nothing that a server may add makes it fail: what it does not know is [kept](EventKind::Unknown).
//! [`scan`] tells what a frame is about at a fraction of the cost.
//!
//! # Examples
//!
//! ```
//! use opencode_wire::event::{Event, EventKind};
//!
//! let event = Event::decode(
//!     br#"{"id":"evt_1","type":"session.idle","properties":{"sessionID":"ses_1"}}"#,
//! )?;
//! assert!(matches!(&event.kind, EventKind::SessionIdle(session_id) if session_id.as_str() == "ses_1"));
//!
//! let event = Event::decode(br#"{"type":"moon.rose","properties":{"sessionID":"ses_1","phase":"full"}}"#)?;
//! assert!(matches!(&event.kind, EventKind::Unknown(event) if &*event.type_name == "moon.rose"));
//! assert_eq!(event.session_id().map(|id| id.as_str()), Some("ses_1"));
//! # Ok::<(), opencode_wire::Error>(())
//! ```

mod cursor;
mod decode;
mod envelope;
mod kinds;
mod location;
pub mod next;
mod problem;
mod request;
mod scan;
mod server;
mod session;
mod shape;
mod sync;
mod terminal;
mod unknown;
mod wire_session;
mod workspace;

pub use self::location::{Durable, Location};
pub use self::next::{NextEvent, NextKind};
pub use self::request::{PermissionV2Request, PermissionV2Source};
pub use self::scan::{Peek, SyncPeek, scan};
pub use self::server::{
    InstallationVersion, InstanceDisposed, IntegrationConnectionUpdated, McpBrowserOpenFailed,
    McpToolsChanged,
};
pub use self::session::{
    DeltaField, MessageRemoved, MessageUpdated, PartDelta, PartRemoved, PartUpdated, PermissionReplied,
    QuestionRejected, QuestionReplied, SessionChanged, SessionDiff, SessionError, SessionStatusChanged,
    TodoUpdated,
};
pub use self::sync::SyncRecord;
pub use self::terminal::{
    Pty, PtyChanged, PtyDeleted, PtyExited, TuiCommandExecute, TuiPromptAppend, TuiToastShow,
};
pub use self::unknown::UnknownEvent;
use self::wire_session::OnlySession;
pub use self::workspace::{
    CommandExecuted, FileEdited, FileWatcherUpdated, PluginAdded, Project, ProjectDirectoriesUpdated,
    ProjectTime, VcsBranchUpdated, WorkspaceFailed, WorkspaceReady, WorkspaceStatusChanged,
};
use crate::ids::{EventId, SessionId};
use crate::model::{PermissionRequest, QuestionRequest};

/// An event of a server's stream.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The event: the same on every stream. Servers before 1.14 send none.
    pub id: Option<EventId>,
    /// What happened.
    pub kind: EventKind,
    /// Where it happened; told by streams that carry the events of more than one directory.
    pub location: Option<Box<Location>>,
    /// Where it stands in the log of its session; told by V2 streams.
    pub durable: Option<Box<Durable>>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// `message.part.delta`: a part has grown.
    PartDelta(PartDelta),
    /// `message.part.updated`: a part is as told now.
    PartUpdated(Box<PartUpdated>),
    /// `message.part.removed`: a part is gone.
    PartRemoved(PartRemoved),
    /// `message.updated`: a message is as told now.
    MessageUpdated(Box<MessageUpdated>),
    /// `message.removed`: a message is gone with its parts.
    MessageRemoved(MessageRemoved),
    /// `session.created`: a session was made, perhaps by an agent for a sub-agent.
    SessionCreated(Box<SessionChanged>),
    /// `session.updated`: a session is as told now.
    SessionUpdated(Box<SessionChanged>),
    /// `session.deleted`: a session is gone.
    SessionDeleted(Box<SessionChanged>),
    /// `session.status`: what a session does has changed, or is told again.
    SessionStatus(Box<SessionStatusChanged>),
    /// `session.idle`: a session does nothing any more; sent besides a status of idle.
    SessionIdle(SessionId),
    /// `session.error`: something failed; not always the turn.
    SessionError(Box<SessionError>),
    /// `session.diff`: the files that a session has changed.
    SessionDiff(Box<SessionDiff>),
    /// `session.compacted`: a conversation was replaced by its summary.
    SessionCompacted(SessionId),
    /// `todo.updated`: a session's todo list is as told now.
    TodoUpdated(Box<TodoUpdated>),
    /// `permission.asked`: an agent asks whether it may do something.
    PermissionAsked(Box<PermissionRequest>),
    /// `permission.replied`: somebody has answered.
    PermissionReplied(PermissionReplied),
    /// `question.asked`: an agent asks a person.
    QuestionAsked(Box<QuestionRequest>),
    /// `question.replied`: somebody has answered.
    QuestionReplied(Box<QuestionReplied>),
    /// `question.rejected`: somebody has refused to answer.
    QuestionRejected(QuestionRejected),
    /// `server.connected`: the stream is live; the first event of every connection.
    ServerConnected,
    /// `server.heartbeat`: the stream is still live.
    ServerHeartbeat,
    /// `session.next.*`: something happened in a session of the V2 runtime.
    Next(Box<NextEvent>),
    /// `permission.v2.asked`: an agent of the V2 runtime asks whether it may do something.
    PermissionV2Asked(Box<PermissionV2Request>),
    /// `permission.v2.replied`: somebody has answered.
    PermissionV2Replied(PermissionReplied),
    /// `question.v2.asked`: an agent of the V2 runtime asks a person.
    QuestionV2Asked(Box<QuestionRequest>),
    /// `question.v2.replied`: somebody has answered.
    QuestionV2Replied(Box<QuestionReplied>),
    /// `question.v2.rejected`: somebody has refused to answer.
    QuestionV2Rejected(QuestionRejected),
    /// `sync`: a record of the server's event log, which repeats an event.
    Sync(Box<SyncRecord>),
    /// `command.executed`: a command was executed.
    CommandExecuted(Box<CommandExecuted>),
    /// `file.edited`: an agent has changed a file.
    FileEdited(FileEdited),
    /// `file.watcher.updated`: somebody has changed a file.
    FileWatcherUpdated(FileWatcherUpdated),
    /// `vcs.branch.updated`: the directory is on another branch now.
    VcsBranchUpdated(VcsBranchUpdated),
    /// `lsp.updated`: the state of a language server has changed.
    LspUpdated,
    /// `project.updated`: a project is as told now.
    ProjectUpdated(Box<Project>),
    /// `project.directories.updated`: the directories of a project are others now.
    ProjectDirectoriesUpdated(ProjectDirectoriesUpdated),
    /// `worktree.ready`: a working tree can be used.
    WorktreeReady(WorkspaceReady),
    /// `worktree.failed`: a working tree could not be made.
    WorktreeFailed(WorkspaceFailed),
    /// `workspace.ready`: a workspace can be used.
    WorkspaceReady(WorkspaceReady),
    /// `workspace.failed`: a workspace could not be made.
    WorkspaceFailed(WorkspaceFailed),
    /// `workspace.status`: a workspace's connection has changed.
    WorkspaceStatus(WorkspaceStatusChanged),
    /// `pty.created`: a pseudo-terminal was made.
    PtyCreated(Box<PtyChanged>),
    /// `pty.updated`: a pseudo-terminal is as told now.
    PtyUpdated(Box<PtyChanged>),
    /// `pty.exited`: what ran in a pseudo-terminal has ended.
    PtyExited(PtyExited),
    /// `pty.deleted`: a pseudo-terminal is gone.
    PtyDeleted(PtyDeleted),
    /// `tui.prompt.append`: a terminal interface should put text into its prompt.
    TuiPromptAppend(TuiPromptAppend),
    /// `tui.command.execute`: a terminal interface should do something.
    TuiCommandExecute(TuiCommandExecute),
    /// `tui.session.select`: a terminal interface should show a session.
    TuiSessionSelect(SessionId),
    /// `tui.toast.show`: a terminal interface should show a notice.
    TuiToastShow(Box<TuiToastShow>),
    /// `plugin.added`: a plugin has been loaded.
    PluginAdded(PluginAdded),
    /// `installation.updated`: the server is of another version now.
    InstallationUpdated(InstallationVersion),
    /// `installation.update-available`: the server could be of another version.
    InstallationUpdateAvailable(InstallationVersion),
    /// `catalog.updated`: the catalogue of models has changed.
    CatalogUpdated,
    /// `models-dev.refreshed`: the public catalogue of models was read again.
    ModelsRefreshed,
    /// `integration.updated`: the integrations have changed.
    IntegrationUpdated,
    /// `integration.connection.updated`: the connection to an integration has changed.
    IntegrationConnectionUpdated(IntegrationConnectionUpdated),
    /// `reference.updated`: what prompts can refer to has changed.
    ReferenceUpdated,
    /// `mcp.tools.changed`: a tool server offers other tools now.
    McpToolsChanged(McpToolsChanged),
    /// `mcp.browser.open.failed`: a tool server wanted a browser, which could not be opened.
    McpBrowserOpenFailed(McpBrowserOpenFailed),
    /// `server.instance.disposed`: the server has forgotten what it held in memory about a directory.
    InstanceDisposed(InstanceDisposed),
    /// `global.disposed`: the server has forgotten what it held in memory about all directories.
    GlobalDisposed,
    /// An event of a type, or of a shape, that this version of the crate does not know.
    Unknown(UnknownEvent),
}

impl Event {
    /// An event of which nothing is known but what happened.
    #[must_use]
    pub const fn new(kind: EventKind) -> Self {
        Self { id: None, kind, location: None, durable: None }
    }

    /// The session that the event belongs to; `None` for events of a directory or of the server.
    #[must_use]
    pub fn session_id(&self) -> Option<&SessionId> {
        self.kind.session_id()
    }
}

impl EventKind {
    /// The session that the event belongs to; `None` for events of a directory or of the server.
    #[must_use]
    pub fn session_id(&self) -> Option<&SessionId> {
        match self {
            Self::PartDelta(event) => Some(&event.session_id),
            Self::PartUpdated(event) => Some(&event.session_id),
            Self::PartRemoved(event) => Some(&event.session_id),
            Self::MessageUpdated(event) => Some(&event.session_id),
            Self::MessageRemoved(event) => Some(&event.session_id),
            Self::SessionCreated(event) | Self::SessionUpdated(event) | Self::SessionDeleted(event) => {
                Some(&event.session_id)
            }
            Self::SessionStatus(event) => Some(&event.session_id),
            Self::SessionIdle(session_id)
            | Self::SessionCompacted(session_id)
            | Self::TuiSessionSelect(session_id) => Some(session_id),
            Self::SessionError(event) => event.session_id.as_ref(),
            Self::SessionDiff(event) => Some(&event.session_id),
            Self::TodoUpdated(event) => Some(&event.session_id),
            Self::PermissionAsked(event) => Some(&event.session_id),
            Self::PermissionV2Asked(event) => Some(&event.session_id),
            Self::PermissionReplied(event) | Self::PermissionV2Replied(event) => Some(&event.session_id),
            Self::QuestionAsked(event) | Self::QuestionV2Asked(event) => Some(&event.session_id),
            Self::QuestionReplied(event) | Self::QuestionV2Replied(event) => Some(&event.session_id),
            Self::QuestionRejected(event) | Self::QuestionV2Rejected(event) => Some(&event.session_id),
            Self::Next(event) => Some(&event.session_id),
            Self::Sync(record) => record.session_id(),
            Self::CommandExecuted(event) => Some(&event.session_id),
            Self::Unknown(event) => event.session_id.as_ref(),
            _ => None,
        }
    }

    /// Whether the event is kept in the log of its session, so that a client can still get it after it has missed it.
    ///
    /// What is not durable is growth, status, requests to people, and whatever does not belong to a session.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        match self {
            Self::PartUpdated(_)
            | Self::PartRemoved(_)
            | Self::MessageUpdated(_)
            | Self::MessageRemoved(_)
            | Self::SessionCreated(_)
            | Self::SessionUpdated(_)
            | Self::SessionDeleted(_) => true,
            Self::Next(event) => event.kind.is_durable(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
