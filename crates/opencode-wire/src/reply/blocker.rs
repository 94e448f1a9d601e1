//! Open questions and permission requests of a turn.

use crate::ids::{CallId, PermissionId, QuestionId, SessionId};
use crate::model::{PermissionReply, PermissionRequest, QuestionRequest, ToolRef};

/// Which request it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum BlockerId {
    /// A permission request.
    Permission(PermissionId),
    /// A question.
    Question(QuestionId),
}

impl std::fmt::Display for BlockerId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Permission(id) => id.fmt(formatter),
            Self::Question(id) => id.fmt(formatter),
        }
    }
}

/// Something that a person is asked, and for which the turn waits.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Blocker {
    /// May the agent do something?
    Permission(PermissionRequest),
    /// One or more questions.
    Question(QuestionRequest),
}

impl Blocker {
    /// Which request it is.
    #[must_use]
    pub fn id(&self) -> BlockerId {
        match self {
            Self::Permission(request) => BlockerId::Permission(request.id.clone()),
            Self::Question(request) => BlockerId::Question(request.id.clone()),
        }
    }

    /// The session whose agent asks: the turn's own, or a sub-agent's.
    #[must_use]
    pub fn session_id(&self) -> &SessionId {
        match self {
            Self::Permission(request) => &request.session_id,
            Self::Question(request) => &request.session_id,
        }
    }

    /// The tool call that waits for the answer.
    #[must_use]
    pub fn call_id(&self) -> Option<&CallId> {
        self.tool().map(|tool| &tool.call_id)
    }

    fn tool(&self) -> Option<&ToolRef> {
        match self {
            Self::Permission(request) => request.tool.as_ref(),
            Self::Question(request) => request.tool.as_ref(),
        }
    }
}

/// How a request was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockerAnswer {
    /// The answer to a permission request.
    Permission(PermissionReply),
    /// For each question the chosen labels.
    Question(Vec<Vec<String>>),
    /// A question was refused.
    Rejected,
}

/// A request with what became of it.
#[derive(Debug, Clone)]
struct Entry {
    blocker: Blocker,
    /// The number of the change that opened it.
    opened: u64,
    open: bool,
}

/// Every request of a turn, so that a late repetition does not open an answered one again.
#[derive(Debug, Clone, Default)]
pub(super) struct Blockers {
    entries: Vec<Entry>,
    /// Requests that were answered before they were heard of: a list that was fetched meanwhile still has them.
    answered: Vec<BlockerId>,
}

impl Blockers {
    /// Opens a request; false if it is known, open or answered.
    pub(super) fn open(&mut self, blocker: Blocker, seq: u64) -> bool {
        let id = blocker.id();
        if self.answered.contains(&id) || self.entries.iter().any(|entry| entry.blocker.id() == id) {
            return false;
        }
        self.entries.push(Entry { blocker, opened: seq, open: true });
        true
    }

    /// Closes a request; false if it is unknown or closed.
    pub(super) fn close(&mut self, id: &BlockerId) -> bool {
        match self.entries.iter_mut().find(|entry| entry.blocker.id() == *id) {
            Some(entry) => std::mem::replace(&mut entry.open, false),
            None => {
                if !self.answered.contains(id) {
                    self.answered.push(id.clone());
                }
                false
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Blocker> {
        self.entries.iter().filter(|entry| entry.open).map(|entry| &entry.blocker)
    }

    /// Open requests that were known before `seq` and are not in a list that the server gave after it.
    pub(super) fn missing_from(&self, listed: &[BlockerId], seq: u64) -> Vec<(SessionId, BlockerId)> {
        self.entries
            .iter()
            .filter(|entry| entry.open && entry.opened <= seq && !listed.contains(&entry.blocker.id()))
            .map(|entry| (entry.blocker.session_id().clone(), entry.blocker.id()))
            .collect()
    }
}
