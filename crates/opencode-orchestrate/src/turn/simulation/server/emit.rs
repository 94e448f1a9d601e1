//! What the server tells. Each event is written as it stands on the wire and read as a client reads it; what is stored
//! is what was told.

use std::sync::Arc;

use opencode_wire::event::{Event, EventKind};
use opencode_wire::ids::{Clock as _, MessageId, SessionId};
use opencode_wire::model::SessionStatus;

use super::super::Sim;
use super::super::network::Notice;
use super::{Server, Session, stored};

impl Server {
    /// A number that no other thing has.
    pub(super) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// When the next message is made.
    pub(super) fn created(&mut self, sim: &Sim) -> u64 {
        self.last_created = sim.world.unix_millis().max(self.last_created + 1);
        self.last_created
    }

    fn emit(&mut self, sim: &Sim, id: &SessionId, kind: &str, properties: &str) {
        let number = self.number();
        let text = format!(
            r#"{{"id":"evt_{number:012x}","type":"{kind}","properties":{{"sessionID":"{id}"{properties}}}}}"#
        );
        sim.world.tell(|| format!("server: {kind} {id}{properties}"));
        let event = Event::decode(text.as_bytes()).expect("the server tells what a client can read");
        assert!(!matches!(event.kind, EventKind::Unknown(_)), "{text}");
        if let Some(session) = self.sessions.get_mut(id) {
            session.store(&event.kind);
        }
        self.listeners.retain(|listener| listener.is_connected() && !listener.is_closed());
        let event = Arc::new(event);
        for listener in self.listeners.iter().filter(|listener| listener.session == *id) {
            listener.send(sim, Notice::Event(Arc::clone(&event)));
        }
    }

    pub(super) fn tell_prompt(&mut self, sim: &Sim, id: &SessionId, message: &MessageId) {
        let (created, number) = (self.created(sim), self.number());
        self.emit(
            sim,
            id,
            "message.updated",
            &format!(r#","info":{{"id":"{message}","sessionID":"{id}","role":"user","time":{{"created":{created}}}}}"#),
        );
        self.emit(
            sim,
            id,
            "message.part.updated",
            &format!(r#","part":{{"id":"prt_{number:012x}","sessionID":"{id}","messageID":"{message}","type":"text","text":"Go on."}}"#),
        );
    }

    /// Tells a message of an answer; `rest` is what is known of it beside its beginning.
    pub(super) fn tell_answer(
        &mut self,
        sim: &Sim,
        id: &SessionId,
        (message, parent, created): (&MessageId, &MessageId, u64),
        completed: Option<&str>,
    ) {
        let (completed, rest) = match completed {
            Some(rest) => (format!(r#","completed":{}"#, sim.world.unix_millis()), format!(",{rest}")),
            None => <(String, String)>::default(),
        };
        self.emit(
            sim,
            id,
            "message.updated",
            &format!(r#","info":{{"id":"{message}","sessionID":"{id}","role":"assistant","parentID":"{parent}","time":{{"created":{created}{completed}}}{rest}}}"#),
        );
    }

    pub(super) fn tell_part(
        &mut self,
        sim: &Sim,
        id: &SessionId,
        message: &MessageId,
        part: u64,
        rest: &str,
    ) {
        self.emit(
            sim,
            id,
            "message.part.updated",
            &format!(
                r#","part":{{"id":"prt_{part:012x}","sessionID":"{id}","messageID":"{message}",{rest}}}"#
            ),
        );
    }

    pub(super) fn tell_delta(
        &mut self,
        sim: &Sim,
        id: &SessionId,
        message: &MessageId,
        part: u64,
        delta: &str,
    ) {
        self.emit(
            sim,
            id,
            "message.part.delta",
            &format!(
                r#","messageID":"{message}","partID":"prt_{part:012x}","field":"text","delta":"{delta}""#
            ),
        );
    }

    pub(super) fn tell_status(&mut self, sim: &Sim, id: &SessionId, status: &str) {
        self.emit(sim, id, "session.status", &format!(r#","status":{status}"#));
    }

    /// Tells twice that a session does nothing, as the server does.
    pub(super) fn tell_idle(&mut self, sim: &Sim, id: &SessionId) {
        // What runs is not stopped by a word that comes late.
        let status =
            self.sessions.get(id).filter(|session| session.runs).and_then(|session| session.status.clone());
        self.tell_status(sim, id, r#"{"type":"idle"}"#);
        self.emit(sim, id, "session.idle", "");
        if let Some(session) = self.sessions.get_mut(id) {
            session.status = status;
        }
    }

    pub(super) fn tell_error(&mut self, sim: &Sim, id: &SessionId, error: &str) {
        self.emit(sim, id, "session.error", &format!(r#","error":{error}"#));
    }

    pub(super) fn tell_asked(&mut self, sim: &Sim, id: &SessionId, request: u64) {
        let rest = r#""permission":"bash","patterns":["ls"],"metadata":{},"always":["ls *"]"#;
        self.emit(sim, id, "permission.asked", &format!(r#","id":"per_{request:012x}",{rest}"#));
    }

    pub(super) fn tell_replied(&mut self, sim: &Sim, id: &SessionId, request: &str, reply: &str) {
        self.emit(sim, id, "permission.replied", &format!(r#","requestID":"{request}","reply":"{reply}""#));
    }

    pub(super) fn tell_deleted(&mut self, sim: &Sim, id: &SessionId) {
        let info = r#""slug":"s","projectID":"p","directory":"/srv","title":"t","version":"1","time":{"created":1,"updated":1}"#;
        self.emit(sim, id, "session.deleted", &format!(r#","info":{{"id":"{id}",{info}}}"#));
    }
}

impl Session {
    /// Stores what is told. Texts that grow are stored when they are whole.
    fn store(&mut self, kind: &EventKind) {
        match kind {
            EventKind::MessageUpdated(told) => {
                match self.messages.iter_mut().find(|message| message.info.id == told.info.id) {
                    Some(message) => message.info = told.info.clone(),
                    None => self.messages.push(stored(told.info.clone())),
                }
            }
            EventKind::PartUpdated(told) => {
                let message =
                    self.messages.iter_mut().find(|message| message.info.id == told.part.message_id);
                let Some(message) = message else { return };
                match message.parts.iter_mut().find(|part| part.id == told.part.id) {
                    Some(part) => *part = told.part.clone(),
                    None => message.parts.push(told.part.clone()),
                }
            }
            EventKind::SessionStatus(told) => {
                self.status =
                    Some(told.status.clone()).filter(|status| !matches!(status, SessionStatus::Idle));
            }
            EventKind::PermissionAsked(request) => self.permissions.push((**request).clone()),
            _ => {}
        }
    }
}
