//! What agents do at the moment, and what they ask.

use std::collections::HashMap;

use opencode_wire::ids::SessionId;
use opencode_wire::model::{Retry, SessionStatus};
use opencode_wire::reply::{Blocker, BlockerId, Change, ChangeKind, Reply};

use super::outbox::Outbox;
use crate::agent::{AgentEventKind, AgentStatus, Request, RequestKind};

/// What agents do at the moment, and what they ask.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// What each does, but for waiting for people.
    doing: HashMap<SessionId, AgentStatus>,
    told: HashMap<SessionId, AgentStatus>,
    /// What was asked and not answered, in the order in which it was asked.
    open: Vec<(BlockerId, SessionId)>,
}

impl Activity {
    /// Tells what a change asks or answers, and what the agent does since.
    pub(super) fn note(&mut self, change: &Change, reply: &Reply, out: &mut Outbox) {
        let session_id = &change.session_id;
        let is_root = session_id == reply.session_id();
        match &change.kind {
            ChangeKind::Accepted | ChangeKind::StepStarted { .. } => {
                self.doing.insert(session_id.clone(), AgentStatus::Working);
            }
            ChangeKind::Retrying(retry) => drop(self.doing.insert(session_id.clone(), retrying(retry))),
            // The prompted agent also does nothing before it begins, and between two steps; only the end of the turn
            // says that it is done.
            ChangeKind::Status(SessionStatus::Idle) if is_root => {}
            ChangeKind::Status(SessionStatus::Idle) | ChangeKind::SessionDeleted => {
                self.doing.insert(session_id.clone(), AgentStatus::Idle);
            }
            ChangeKind::Status(_) => drop(self.doing.insert(session_id.clone(), AgentStatus::Working)),
            ChangeKind::Blocked(blocker) => {
                let Some(request) = request(blocker) else { return };
                self.open.push((blocker.id(), session_id.clone()));
                out.push(session_id, AgentEventKind::Asked(Box::new(request)));
            }
            ChangeKind::Unblocked { id, .. } => self.close(id, out),
            _ => return,
        }
        self.tell(session_id, reply, out);
        if !is_root {
            self.tell(reply.session_id(), reply, out);
        }
    }

    /// The turn has ended: nobody does anything, nor waits for an answer.
    pub(super) fn finish(&mut self, reply: &Reply, out: &mut Outbox) {
        for (id, _) in self.open.clone() {
            self.close(&id, out);
        }
        // Sub-agents first, so that the end of the turn is told last.
        for session in reply.sessions().iter().rev() {
            self.doing.insert(session.id.clone(), AgentStatus::Idle);
            self.tell(&session.id, reply, out);
        }
    }

    fn close(&mut self, id: &BlockerId, out: &mut Outbox) {
        if let Some(at) = self.open.iter().position(|(open, _)| open == id) {
            let (id, session_id) = self.open.remove(at);
            out.push(&session_id, AgentEventKind::Answered { request: id.to_string() });
        }
    }

    fn tell(&mut self, session_id: &SessionId, reply: &Reply, out: &mut Outbox) {
        let asks = |asker: &SessionId| asker == session_id || session_id == reply.session_id();
        let (told, doing) = (self.told.get(session_id), self.doing.get(session_id));
        let status = match doing {
            _ if self.open.iter().any(|(_, asker)| asks(asker)) => &AgentStatus::Blocked,
            Some(doing) => doing,
            // Nothing was heard of it but that it asked: now it goes on.
            None if told.is_some() => &AgentStatus::Working,
            None => return,
        };
        if told != Some(status) {
            let status = status.clone();
            out.push(session_id, AgentEventKind::Status(status.clone()));
            self.told.insert(session_id.clone(), status);
        }
    }
}

fn retrying(retry: &Retry) -> AgentStatus {
    AgentStatus::Retrying {
        message: retry.message.clone(),
        attempt: retry.attempt.get(),
        next: retry.next.map(opencode_wire::model::Timestamp::as_millis),
    }
}

/// What is asked; `None` for what this version does not know.
fn request(blocker: &Blocker) -> Option<Request> {
    let (kind, what, detail) = match blocker {
        Blocker::Permission(request) => {
            let what = match request.patterns.as_slice() {
                [] => request.permission.clone(),
                patterns => format!("{}: {}", request.permission, patterns.join(", ")),
            };
            (RequestKind::Permission, what, serde_json::to_value(request))
        }
        Blocker::Question(request) => {
            let what = request.questions.first().map(|question| question.question.clone());
            (RequestKind::Question, what.unwrap_or_default(), serde_json::to_value(request))
        }
        _ => return None,
    };
    Some(Request {
        id: blocker.id().to_string(),
        kind,
        what,
        call_id: blocker.call_id().map(ToString::to_string),
        // It was read from JSON, so it can be written as such.
        detail: detail.unwrap_or_default(),
    })
}
