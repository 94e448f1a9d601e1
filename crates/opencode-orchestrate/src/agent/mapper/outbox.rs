//! Events on their way out.

use opencode_wire::ids::SessionId;
use opencode_wire::reply::Reply;

use crate::agent::mapper::Events;
use crate::agent::{AgentEvent, AgentEventKind, Origin};

/// Events on their way out, each with its origin.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    events: Vec<AgentEvent>,
    /// The session that was prompted.
    root: Option<SessionId>,
}

impl Outbox {
    /// Begins with the events of one change. What was not taken of those before is lost.
    pub(super) fn begin(&mut self, reply: &Reply) {
        self.events.clear();
        if self.root.is_none() {
            self.root = Some(reply.session_id().clone());
        }
    }

    pub(super) fn origin(&self, session_id: &SessionId) -> Origin {
        if self.root.as_ref() == Some(session_id) {
            Origin::Prompted
        } else {
            Origin::SubAgent(session_id.to_string())
        }
    }

    pub(super) fn push(&mut self, session_id: &SessionId, kind: AgentEventKind) {
        let origin = self.origin(session_id);
        self.events.push(AgentEvent::new(origin, kind));
    }

    pub(super) fn drain(&mut self) -> Events<'_> {
        self.events.drain(..)
    }
}
