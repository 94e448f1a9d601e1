//! A server's memory, rebuilt from the events that it sent: what it would answer if it were asked.

use std::collections::{BTreeMap, BTreeSet};

use opencode_wire::event::{Event, EventKind};
use opencode_wire::ids::{MessageId, PartId, PermissionId, QuestionId, SessionId};
use opencode_wire::model::{
    Message, Part, PermissionRequest, QuestionRequest, Session, SessionStatus, StoredMessage,
};
use opencode_wire::reply::{Exchange, Reply, Snapshot};

/// What a server has stored, and what it keeps in memory. Deltas are not stored: a text is what its last snapshot says.
#[derive(Default, Clone)]
pub(crate) struct Mirror {
    pub(crate) statuses: BTreeMap<SessionId, SessionStatus>,
    messages: BTreeMap<(SessionId, MessageId), Message>,
    parts: BTreeMap<(MessageId, PartId), Part>,
    permissions: BTreeMap<PermissionId, PermissionRequest>,
    questions: BTreeMap<QuestionId, QuestionRequest>,
    children: BTreeMap<SessionId, Session>,
    deleted: BTreeSet<SessionId>,
}

impl Mirror {
    pub(crate) fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut mirror = Self::default();
        events.into_iter().for_each(|event| mirror.take(event));
        mirror
    }

    pub(crate) fn take(&mut self, event: &Event) {
        match &event.kind {
            EventKind::SessionStatus(told) => {
                if told.status.is_idle() {
                    self.statuses.remove(&told.session_id);
                } else {
                    self.statuses.insert(told.session_id.clone(), told.status.clone());
                }
            }
            EventKind::SessionCreated(told) if told.info.parent_id.is_some() => {
                self.children.insert(told.info.id.clone(), told.info.clone());
            }
            EventKind::SessionDeleted(told) => drop(self.deleted.insert(told.session_id.clone())),
            EventKind::MessageUpdated(told) => {
                let key = (told.info.session_id.clone(), told.info.id.clone());
                self.messages.insert(key, told.info.clone());
            }
            EventKind::MessageRemoved(removed) => {
                self.messages.remove(&(removed.session_id.clone(), removed.message_id.clone()));
            }
            EventKind::PartUpdated(told) => {
                let key = (told.part.message_id.clone(), told.part.id.clone());
                self.parts.insert(key, told.part.clone());
            }
            EventKind::PartRemoved(removed) => {
                self.parts.remove(&(removed.message_id.clone(), removed.part_id.clone()));
            }
            EventKind::PermissionAsked(request) => {
                self.permissions.insert(request.id.clone(), (**request).clone());
            }
            EventKind::PermissionReplied(replied) => drop(self.permissions.remove(&replied.request_id)),
            EventKind::QuestionAsked(request) => {
                self.questions.insert(request.id.clone(), (**request).clone());
            }
            EventKind::QuestionReplied(replied) => drop(self.questions.remove(&replied.request_id)),
            EventKind::QuestionRejected(rejected) => drop(self.questions.remove(&rejected.request_id)),
            _ => {}
        }
    }

    /// The messages of a session from one on.
    pub(crate) fn messages(&self, session_id: &SessionId, from: &MessageId) -> Vec<StoredMessage> {
        self.messages
            .iter()
            .filter(|((session, id), _)| session == session_id && id >= from)
            .map(|((_, id), info)| {
                let parts: Vec<_> = self
                    .parts
                    .iter()
                    .filter(|((message, _), _)| message == id)
                    .map(|(_, part)| part)
                    .collect();
                // As text, because a tree would sort the fields, which counts as a difference.
                let text = format!(
                    r#"{{"info":{},"parts":{}}}"#,
                    serde_json::to_string(info).unwrap(),
                    serde_json::to_string(&parts).unwrap()
                );
                serde_json::from_str(&text).unwrap()
            })
            .collect()
    }

    /// The messages of one session, as a client asks for them.
    pub(crate) fn exchange(&self, session_id: &SessionId, reply: &Reply) -> Exchange {
        Exchange { session_id: session_id.clone(), messages: self.messages(session_id, reply.message_id()) }
    }

    /// What the server answers to a client that follows a reply: about the sessions that the client knows, and those
    /// that their messages name.
    pub(crate) fn snapshot(&self, reply: &Reply) -> Snapshot {
        let mut sessions: Vec<_> = reply.sessions().iter().map(|session| session.id.clone()).collect();
        for child in self.children.values() {
            let is_of_tree = child.parent_id.as_ref().is_some_and(|parent| sessions.contains(parent));
            if is_of_tree && !sessions.contains(&child.id) {
                sessions.push(child.id.clone());
            }
        }
        Snapshot {
            since: reply.seq(),
            exchanges: sessions.iter().map(|session_id| self.exchange(session_id, reply)).collect(),
            statuses: Some(self.statuses.clone()),
            permissions: Some(self.permissions.values().cloned().collect()),
            questions: Some(self.questions.values().cloned().collect()),
            children: self.children.values().cloned().collect(),
            gone: self.deleted.contains(reply.session_id()),
        }
    }
}
