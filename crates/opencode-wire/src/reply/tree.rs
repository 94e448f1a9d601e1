//! The sessions of a turn: its own, and one for each sub-agent.

use crate::ids::SessionId;
use crate::model::SessionStatus;

/// A session of the tree.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TreeSession {
    /// The session.
    pub id: SessionId,
    /// The session whose agent started it; `None` for the turn's own.
    pub parent_id: Option<SessionId>,
    /// What it is called; empty until it is told.
    pub title: String,
    /// What it does; `None` until it is told.
    pub status: Option<SessionStatus>,
    /// Whether the server has deleted it.
    pub deleted: bool,
    /// The number of the reply's change that told the status.
    pub(super) told: u64,
}

/// Invariant: the first session is the turn's own, and a parent stands before its children.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    sessions: Vec<TreeSession>,
}

impl Tree {
    pub(super) fn new(root: SessionId) -> Self {
        Self { sessions: vec![TreeSession::new(root, None, String::new())] }
    }

    pub(super) fn sessions(&self) -> &[TreeSession] {
        &self.sessions
    }

    pub(super) fn root(&self) -> &TreeSession {
        &self.sessions[0]
    }

    pub(super) fn contains(&self, id: &SessionId) -> bool {
        self.sessions.iter().any(|session| session.id == *id)
    }

    pub(super) fn get_mut(&mut self, id: &SessionId) -> Option<&mut TreeSession> {
        self.sessions.iter_mut().find(|session| session.id == *id)
    }

    /// Adds a child; false if it is there already or its parent is not.
    pub(super) fn add(&mut self, id: &SessionId, parent_id: &SessionId, title: &str) -> bool {
        if let Some(known) = self.get_mut(id) {
            if !title.is_empty() {
                title.clone_into(&mut known.title);
            }
            return false;
        }
        if !self.contains(parent_id) {
            return false;
        }
        self.sessions.push(TreeSession::new(id.clone(), Some(parent_id.clone()), title.to_owned()));
        true
    }
}

impl TreeSession {
    const fn new(id: SessionId, parent_id: Option<SessionId>, title: String) -> Self {
        Self { id, parent_id, title, status: None, deleted: false, told: 0 }
    }
}
