//! A test's direct way to sessions and messages, past HTTP.

use serde_json::{Value, json};

use super::stream::Subscriber;
use super::{Server, play};

/// Sessions and messages, past HTTP.
impl Server {
    /// Creates a session with a title in the server's own directory. Returns its id.
    #[must_use]
    pub fn create_session(&self, title: &str) -> String {
        let directory = self.directory();
        let info = self.core.with(|state| state.create_session(&directory, &json!({"title": title})));
        info["id"].as_str().unwrap_or_default().to_owned()
    }

    /// Prompts a session with a text. Returns the id of the user message, or `None` when there is no such session or
    /// the script begins with an unknown agent.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, in which the answer is played.
    #[expect(clippy::must_use_candidate, reason = "called for what it starts")]
    pub fn prompt(&self, session_id: &str, text: &str) -> Option<String> {
        let body = json!({"parts": [{"type": "text", "text": text}]});
        let accepted = self.core.with(|state| state.accept_prompt(session_id, &body, false));
        play::start(&self.core, session_id);
        accepted.ok()
    }

    /// Aborts what runs in a session, as `POST /session/:id/abort` does.
    pub fn abort(&self, session_id: &str) {
        self.core.with(|state| state.abort(session_id));
    }

    /// A session's record, as `GET /session/:id` returns it.
    #[must_use]
    pub fn session(&self, session_id: &str) -> Option<Value> {
        self.core.peek(|state| state.session(session_id).map(|session| session.info.clone()))
    }

    /// A session's messages as `{info, parts}`, oldest first; empty when there is no such session.
    #[must_use]
    pub fn messages(&self, session_id: &str) -> Vec<Value> {
        self.core.peek(|state| {
            let messages = state.session(session_id).map(|session| session.messages.iter());
            messages.into_iter().flatten().map(|message| message.to_json()).collect()
        })
    }

    /// The text parts of a session's last assistant message, joined.
    #[must_use]
    pub fn text(&self, session_id: &str) -> String {
        self.core.peek(|state| {
            let message = state.session(session_id).and_then(|session| session.last_assistant());
            let parts = message.map(|message| message.parts.iter()).into_iter().flatten();
            parts.filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str()).collect()
        })
    }

    /// What `GET /session/status` says of a session; `None` when it is idle.
    #[must_use]
    pub fn status(&self, session_id: &str) -> Option<Value> {
        self.core.peek(|state| state.sessions.get(session_id).and_then(|session| session.status.clone()))
    }

    /// The open permission requests and questions of all directories.
    #[must_use]
    pub fn blockers(&self) -> Vec<Value> {
        self.core.peek(|state| {
            let open = state.blockers.iter().filter(|blocker| blocker.ruling.is_none());
            open.map(|blocker| blocker.request.clone()).collect()
        })
    }

    /// Puts a message (`{info, parts}`) into a session, or replaces the one with its id. No event says so.
    pub fn put_message(&self, session_id: &str, message: &Value) {
        self.core.with(|state| {
            let Some(session) = state.session_mut(session_id) else { return };
            session.put_info(message["info"].clone());
            for part in message["parts"].as_array().into_iter().flatten() {
                session.put_part(part.clone());
            }
        });
    }

    /// Deletes a session with its children, as `DELETE /session/:id` does.
    pub fn delete_session(&self, session_id: &str) {
        self.core.with(|state| state.delete_session(session_id));
    }

    /// Puts a file into what `/file` and `/find` see. The path is relative to the directory.
    pub fn put_file(&self, path: impl Into<String>, content: impl Into<String>) {
        let (path, content) = (path.into(), content.into());
        self.core.with(|state| state.files.insert(path, content));
    }

    /// Kills the server and starts it again on the same port: all connections break, what ran stops where it was,
    /// nothing is busy, and the sessions are still there. Replies with `always` and open requests are forgotten.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves a server of which some connections may still be the old ones.
    pub async fn restart(&self) {
        self.core.with(|state| {
            state.forget_running();
            state.bus.each_stream(|_| true, Subscriber::drop_connection);
        });
        self.core.end_players().await;
        self.wait_until("the event streams to break", |state| !state.bus.has_ending_streams()).await;
        // Clients may be back already, so only the connections up to here are waited for.
        let last = self.connections();
        self.epoch.send_modify(|epoch| *epoch += 1);
        self.wait_until("the connections to break", |state| {
            state.connected.first().is_none_or(|first| *first > last)
        })
        .await;
    }
}
