//! Copies of a session, and going back within one.

use serde_json::{Value, json};

use super::State;
use super::session::Message;

impl State {
    /// Copies a session up to (not including) `before`, with new ids. Returns the new session's record.
    pub(crate) fn fork(&mut self, session_id: &str, before: Option<&str>) -> Option<Value> {
        let session = self.session(session_id)?;
        let title = format!("{} (fork #1)", session.info["title"].as_str().unwrap_or_default());
        let directory = session.directory.clone();
        let messages: Vec<Message> =
            session.messages.iter().take_while(|message| Some(message.id()) != before).cloned().collect();
        let info = self.create_session(&directory, &json!({"title": title}));
        let fork_id = info["id"].as_str()?.to_owned();
        let mut renamed: Vec<(String, String)> = Vec::new();
        for message in messages {
            let message_id = self.ids.ascending("msg");
            let mut copy = message.info.clone();
            copy["id"] = json!(message_id);
            copy["sessionID"] = json!(fork_id);
            if let Some((_, parent)) = renamed.iter().find(|(old, _)| copy["parentID"] == old.as_str()) {
                copy["parentID"] = json!(parent);
            }
            renamed.push((message.id().to_owned(), message_id.clone()));
            self.put_info(&fork_id, &copy);
            for mut part in message.parts {
                part["id"] = json!(self.ids.ascending("prt"));
                part["sessionID"] = json!(fork_id);
                part["messageID"] = json!(message_id);
                self.put_part(&fork_id, &part);
            }
        }
        Some(info)
    }

    /// Marks the messages from `message_id` on as taken back. They go when the next prompt arrives.
    pub(crate) fn revert(&mut self, session_id: &str, message_id: &str) {
        self.emit(session_id, "session.diff", json!({"sessionID": session_id, "diff": []}));
        self.update_session(session_id, |info| {
            info["revert"] = json!({"messageID": message_id, "snapshot": SNAPSHOT, "diff": ""});
        });
    }

    /// Takes a revert back.
    pub(crate) fn unrevert(&mut self, session_id: &str) {
        self.update_session(session_id, |info| {
            if let Some(fields) = info.as_object_mut() {
                fields.remove("revert");
            }
        });
    }

    /// Removes what was reverted.
    pub(super) fn finish_revert(&mut self, session_id: &str) {
        let Some(session) = self.session(session_id) else { return };
        let Some(first) = session.info["revert"]["messageID"].as_str().map(str::to_owned) else { return };
        let gone: Vec<String> = session
            .messages
            .iter()
            .skip_while(|message| message.id() != first)
            .map(|message| message.id().to_owned())
            .collect();
        for message_id in gone {
            self.remove_message(session_id, &message_id);
        }
        self.unrevert(session_id);
    }
}

/// The snapshot hash of a project that never changes.
pub(crate) const SNAPSHOT: &str = "f00dfeedf00dfeedf00dfeedf00dfeedf00dfeed";
