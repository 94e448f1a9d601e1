//! Abort: what the server says at once. The rest follows from the player, which sees the flag.

use serde_json::{Value, json};

use super::{Phase, State};

/// The error of a message or session that was aborted.
pub(crate) fn aborted_error() -> Value {
    json!({"name": "MessageAbortedError", "data": {"message": "Aborted"}})
}

impl State {
    /// Aborts a session by request. One that does not exist is said to be idle, in the request's directory.
    pub(crate) fn abort_in(&mut self, directory: &str, session_id: &str) {
        if self.sessions.contains_key(session_id) {
            self.abort(session_id);
        } else {
            let status = json!({"sessionID": session_id, "status": {"type": "idle"}});
            self.emit_in(Some(directory), "session.status", status);
            self.emit_in(Some(directory), "session.idle", json!({"sessionID": session_id}));
        }
    }

    /// Aborts what runs in a session and in its children, innermost first. An idle session only says so again.
    pub(crate) fn abort(&mut self, session_id: &str) {
        for child_id in self.children(session_id) {
            if self.sessions.get(&child_id).is_some_and(|child| child.run.is_some()) {
                self.abort(&child_id);
            }
        }
        let run = self.sessions.get_mut(session_id).and_then(|session| session.run.as_mut());
        let phase = match run {
            Some(run) if run.aborted => return,
            Some(run) => {
                run.aborted = true;
                Some(run.phase)
            }
            None => None,
        };
        if phase.is_some() {
            self.skip_prompts(session_id);
        }
        match phase {
            Some(Phase::Streaming) => {
                let properties = json!({"sessionID": session_id, "error": aborted_error()});
                self.emit(session_id, "session.error", properties);
                self.set_idle(session_id);
            }
            // Before the first output, and while it waits to retry, a real server announces nothing here.
            Some(Phase::Starting | Phase::Retrying) => {}
            None => self.set_idle(session_id),
        }
    }
}
