//! Saying a prompt again after the conversation before it was summarised.

use serde_json::json;

use super::live::Live;
use crate::server::state::{Message, State};

impl Live {
    /// The prompt that is being answered, if it will be said again once what came before it is summarised: only when
    /// a person said something before it that no summary has replaced yet.
    pub(super) fn prompt_to_repeat(&self, state: &State) -> Option<Message> {
        let messages = &state.sessions.get(&self.session_id)?.messages;
        let at = messages.iter().position(|message| message.id() == self.user_id)?;
        let mut before = messages[..at].iter().rev().filter(|message| message.is_user());
        before.next().filter(|message| !is_compaction(message))?;
        Some(messages[at].clone())
    }

    /// Stores a prompt once more, as a message that looks like a person's.
    pub(super) fn repeat(&mut self, state: &mut State, prompt: &Message) {
        let mut info = json!({
            "id": state.ids.ascending("msg"),
            "sessionID": self.session_id,
            "role": "user",
            "time": {"created": state.ids.now()},
        });
        for name in ["agent", "model", "format", "tools", "system"] {
            if !prompt.info[name].is_null() {
                info[name] = prompt.info[name].clone();
            }
        }
        state.put_info(&self.session_id, &info);
        for part in &prompt.parts {
            let mut part = part.clone();
            part["id"] = json!(state.ids.ascending("prt"));
            part["messageID"] = info["id"].clone();
            state.put_part(&self.session_id, &part);
        }
        self.user_id = info["id"].as_str().unwrap_or_default().to_owned();
    }
}

fn is_compaction(message: &Message) -> bool {
    message.parts.iter().any(|part| part["type"] == "compaction")
}
