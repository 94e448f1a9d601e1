//! Tool calls: what was told of each, and what is to be told.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use opencode_wire::ids::{PartId, SessionId};
use opencode_wire::reply::{Reply, ReplyPart};

use super::call;
use super::outbox::Outbox;
use crate::agent::{AgentEventKind, CallStatus, ToolSnapshot};

/// What is said of a call that was still open when its turn ended.
const LEFT_BEHIND: &str = "the turn ended before the call did";

/// What was told of each call.
#[derive(Debug, Default)]
pub(super) struct Calls {
    calls: BTreeMap<PartId, Told>,
}

#[derive(Debug)]
struct Told {
    session_id: SessionId,
    /// Stands for what was told last: outputs are long, and kept in the reply anyway.
    print: u64,
}

impl Calls {
    /// A call has appeared or advanced.
    pub(super) fn tell(&mut self, id: &PartId, reply: &Reply, out: &mut Outbox) {
        if let Some(part) = reply.part(id)
            && let Some(tool) = part.tool()
        {
            self.tell_snapshot(part, call::snapshot(part, tool), out);
        }
    }

    /// The turn has ended, and so has the call, whether the server says so or not.
    pub(super) fn close(&mut self, part: &ReplyPart, out: &mut Outbox) {
        let Some(tool) = part.tool() else { return };
        let mut snapshot = call::snapshot(part, tool);
        if !snapshot.status.is_terminal() {
            snapshot.status = CallStatus::Failed;
            snapshot.error = Some(LEFT_BEHIND.to_owned());
        }
        self.tell_snapshot(part, snapshot, out);
    }

    fn tell_snapshot(&mut self, part: &ReplyPart, snapshot: ToolSnapshot, out: &mut Outbox) {
        let (session_id, print) = (&part.part.session_id, print(&snapshot));
        let told = Told { session_id: session_id.clone(), print };
        let kind = match self.calls.insert(part.part.id.clone(), told) {
            None => AgentEventKind::ToolCall(Box::new(snapshot)),
            Some(before) if before.print != print => AgentEventKind::ToolUpdate(Box::new(snapshot)),
            Some(_) => return,
        };
        out.push(session_id, kind);
    }

    /// A call is no longer part of the reply.
    pub(super) fn forget(&mut self, id: &PartId, out: &mut Outbox) {
        if let Some(told) = self.calls.remove(id) {
            out.push(&told.session_id, AgentEventKind::PartRemoved { part: id.to_string() });
        }
    }

    /// Forgets what the reply has no more.
    pub(super) fn forget_gone(&mut self, reply: &Reply, out: &mut Outbox) {
        let gone: Vec<_> = self.calls.keys().filter(|id| reply.part(id).is_none()).cloned().collect();
        for id in &gone {
            self.forget(id, out);
        }
    }
}

fn print(snapshot: &ToolSnapshot) -> u64 {
    let mut hasher = DefaultHasher::new();
    // Nothing in it can fail to be written.
    serde_json::to_string(snapshot).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}
