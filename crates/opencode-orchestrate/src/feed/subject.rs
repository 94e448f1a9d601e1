//! What an entry is about.

use opencode_wire::ids::{PartId, SessionId};

use crate::log::Entry;

/// What an entry is about. Entries about different subjects may be told in any order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Part(PartId),
    Step(PartId),
    Status(SessionId),
    Todos(SessionId),
    Child(SessionId),
    Request(String),
    Compacted(SessionId),
    Accepted,
    Gap,
}

impl Subject {
    /// The subject of an entry that can be told together with others.
    pub(super) fn of(entry: &Entry) -> Option<Self> {
        Some(match entry {
            Entry::Part { part_id, .. } | Entry::Grown { part_id, .. } | Entry::Removed { part_id } => {
                Self::Part(part_id.clone())
            }
            Entry::Step { step_id, .. } => Self::Step(step_id.clone()),
            Entry::Status { session_id, .. } => Self::Status(session_id.clone()),
            Entry::Todos { session_id, .. } => Self::Todos(session_id.clone()),
            Entry::Child { session_id, .. } => Self::Child(session_id.clone()),
            Entry::Blocked { request_id, .. } | Entry::Unblocked { request_id } => {
                Self::Request(request_id.clone())
            }
            Entry::Compacted { session_id } => Self::Compacted(session_id.clone()),
            Entry::Accepted {} => Self::Accepted,
            Entry::Gap {} => Self::Gap,
            Entry::Began { .. } | Entry::Failed { .. } => return None,
        })
    }

    /// Whether a new attempt tells all of it anew.
    pub(super) fn is_voided(&self) -> bool {
        matches!(self, Self::Part(_) | Self::Request(_) | Self::Todos(_))
    }
}
