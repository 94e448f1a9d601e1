//! Creating, changing and deleting sessions and messages, each with its event.

use serde_json::{Value, json};

use super::{Session, State};
use crate::server::clock::iso;

/// The token counts of a message that has cost nothing yet.
fn zero_tokens() -> Value {
    json!({"input": 0, "output": 0, "reasoning": 0, "cache": {"read": 0, "write": 0}})
}

/// The record of an assistant message that has just begun.
pub(crate) fn new_assistant(
    ids: (&str, &str, &str),
    agent: &str,
    model: &Value,
    directory: &str,
    created: u64,
) -> Value {
    let (message_id, session_id, parent_id) = ids;
    json!({
        "id": message_id,
        "sessionID": session_id,
        "parentID": parent_id,
        "role": "assistant",
        "mode": agent,
        "agent": agent,
        "path": {"cwd": directory, "root": directory},
        "cost": 0,
        "tokens": zero_tokens(),
        "modelID": model["modelID"],
        "providerID": model["providerID"],
        "time": {"created": created},
    })
}

impl State {
    /// Creates a session from the body of `POST /session` and announces it.
    pub(crate) fn create_session(&mut self, directory: &str, body: &Value) -> Value {
        let id = self.ids.descending("ses");
        let now = self.ids.now();
        let kind = if body["parentID"].is_string() { "Child" } else { "New" };
        let title = match body["title"].as_str() {
            Some(title) => title.to_owned(),
            None => format!("{kind} session - {}", iso(now)),
        };
        let mut info = json!({
            "id": id,
            "slug": self.ids.slug(),
            "version": self.options.version,
            "projectID": self.options.project,
            "directory": directory,
            "path": "",
            "title": title,
            "cost": 0,
            "tokens": zero_tokens(),
            "time": {"created": now, "updated": now},
        });
        for name in ["parentID", "permission", "agent", "metadata"] {
            if !body[name].is_null() {
                info[name] = body[name].clone();
            }
        }
        self.sessions.insert(id.clone(), Session::new(info.clone(), directory.to_owned()));
        self.emit(&id, "session.created", json!({"sessionID": id, "info": info}));
        info
    }

    /// Changes a session's record, moves its `updated` time and announces it.
    pub(crate) fn update_session(&mut self, session_id: &str, change: impl FnOnce(&mut Value)) {
        let now = self.ids.now();
        let Some(session) = self.sessions.get_mut(session_id) else { return };
        change(&mut session.info);
        session.info["time"]["updated"] = json!(now);
        let info = session.info.clone();
        self.emit(session_id, "session.updated", json!({"sessionID": session_id, "info": info}));
    }

    /// Deletes a session with its children. A turn that runs in one of them goes on.
    pub(crate) fn delete_session(&mut self, session_id: &str) -> bool {
        if self.session(session_id).is_none() {
            return false;
        }
        for child_id in self.children(session_id) {
            self.delete_session(&child_id);
        }
        if let Some(session) = self.sessions.get_mut(session_id) {
            session.deleted = true;
            let info = session.info.clone();
            self.emit(session_id, "session.deleted", json!({"sessionID": session_id, "info": info}));
        }
        self.drop_if_deleted(session_id);
        true
    }

    /// Removes a deleted session for good, once no turn runs in it.
    pub(crate) fn drop_if_deleted(&mut self, session_id: &str) {
        let is_over = |session: &Session| session.deleted && session.run.is_none();
        if self.sessions.get(session_id).is_some_and(is_over) {
            self.sessions.remove(session_id);
        }
    }

    /// The ids of a session's children, oldest first.
    pub(crate) fn children(&self, session_id: &str) -> Vec<String> {
        let is_child = |session: &&Session| !session.deleted && session.info["parentID"] == session_id;
        let mut children: Vec<&Value> =
            self.sessions.values().filter(is_child).map(|session| &session.info).collect();
        children.sort_by_key(|info| info["time"]["created"].as_u64());
        children.iter().filter_map(|info| info["id"].as_str()).map(str::to_owned).collect()
    }

    /// Stores a message's record and announces it.
    pub(crate) fn put_info(&mut self, session_id: &str, info: &Value) {
        if let Some(session) = self.sessions.get_mut(session_id) {
            session.put_info(info.clone());
        }
        self.emit(session_id, "message.updated", json!({"sessionID": session_id, "info": info}));
    }

    /// Stores a part and announces it.
    pub(crate) fn put_part(&mut self, session_id: &str, part: &Value) {
        self.put_part_with(session_id, part, None);
    }

    /// The same, with the field that old servers put beside a growing part.
    pub(crate) fn put_part_with(&mut self, session_id: &str, part: &Value, delta: Option<&str>) {
        let now = self.ids.now();
        if let Some(session) = self.sessions.get_mut(session_id) {
            session.put_part(part.clone());
        }
        let mut properties = json!({"sessionID": session_id, "part": part, "time": now});
        if let Some(delta) = delta {
            properties["delta"] = json!(delta);
        }
        self.emit(session_id, "message.part.updated", properties);
    }

    /// Removes a message and announces it; `false` when there is none.
    pub(crate) fn remove_message(&mut self, session_id: &str, message_id: &str) -> bool {
        let Some(session) = self.session_mut(session_id) else { return false };
        let before = session.messages.len();
        session.messages.retain(|message| message.id() != message_id);
        let removed = session.messages.len() < before;
        if removed {
            let properties = json!({"sessionID": session_id, "messageID": message_id});
            self.emit(session_id, "message.removed", properties);
        }
        removed
    }

    /// Announces what was said about the files of a user message, as happens after each step.
    pub(crate) fn put_summary(&mut self, session_id: &str, message_id: &str) {
        let Some(session) = self.sessions.get_mut(session_id) else { return };
        let Some(message) = session.message_mut(message_id) else { return };
        // A message with a `format` gets no summary on a real server either.
        if !message.info["format"].is_null() {
            return;
        }
        if message.info["summary"].is_null() {
            message.info["summary"] = json!({"diffs": []});
        }
        let info = message.info.clone();
        self.put_info(session_id, &info);
    }
}
