//! Compaction: a user message that asks for a summary, and the summary.

use serde_json::{Value, json};

use super::live::Live;
use super::{Stop, Turn};
use crate::server::state::{Phase, State};

const CONTINUE: &str = "Continue if you have next steps, or stop and ask for clarification if you are unsure how to \
                        proceed.";

impl Turn {
    /// Compacts in the middle of a turn, and goes on with a user message that the server inserts: the prompt once more
    /// when it was what did not fit any more, else a synthetic one.
    pub(super) fn compact(&mut self, summary: &str, overflow: bool) -> Result<(), Stop> {
        self.store(|state, live| {
            if overflow {
                live.overflow(state);
            } else {
                live.finish_message(state);
            }
            let marker =
                if overflow { json!({"auto": true, "overflow": true}) } else { json!({"auto": true}) };
            let prompt = if overflow { live.prompt_to_repeat(state) } else { None };
            live.summarize(state, marker, summary);
            match prompt {
                Some(prompt) => live.repeat(state, &prompt),
                None => live.continue_after_compaction(state),
            }
            state.emit(&live.session_id, "session.compacted", json!({"sessionID": live.session_id}));
            live.begin_message(state);
        })
    }

    /// Compacts because a request asks for it.
    pub(super) fn compact_manually(&mut self) -> Result<(), Stop> {
        self.store(|state, live| {
            let newest = state.sessions.get(&live.session_id).and_then(|session| {
                session
                    .messages
                    .iter()
                    .rev()
                    .find(|message| message.is_user())
                    .map(|message| message.id().to_owned())
            });
            live.user_id = newest.unwrap_or_default();
            live.summarize(state, json!({"auto": false}), "Summary of the conversation.");
            state.emit(&live.session_id, "session.compacted", json!({"sessionID": live.session_id}));
            live.end(state);
        })
    }
}

impl Live {
    /// The message that did not fit: announced as an error, completed without one.
    fn overflow(&mut self, state: &mut State) {
        let message = "This model's maximum context length is 100000 tokens";
        let error = json!({
            "name": "ContextOverflowError",
            "data": {"message": message, "responseBody": json!({"error": {"message": message}}).to_string()},
        });
        let properties = json!({"sessionID": self.session_id, "error": error});
        state.emit(&self.session_id, "session.error", properties);
        self.complete_broken_message(state, None);
    }

    /// Writes the compaction message and the assistant message that answers it.
    fn summarize(&mut self, state: &mut State, marker: Value, summary: &str) {
        let (agent, model) = self.agent_and_model(state);
        self.user_id = self.put_user(state, &agent, &model);
        let mut part = marker;
        part["id"] = json!(state.ids.ascending("prt"));
        part["sessionID"] = json!(self.session_id);
        part["messageID"] = json!(self.user_id);
        part["type"] = json!("compaction");
        state.put_part(&self.session_id, &part);
        state.set_busy(&self.session_id);
        self.put_new_message(state, "compaction", &model, true);
        state.set_busy(&self.session_id);
        self.set_phase(state, Phase::Starting);
        self.late.clear();
        self.open_text(state, false);
        for word in summary.split_inclusive(' ') {
            self.delta(state, word);
        }
        self.finish_message(state);
    }

    /// The synthetic user message that makes the model go on.
    fn continue_after_compaction(&mut self, state: &mut State) {
        let (agent, model) = self.agent_and_model(state);
        self.user_id = self.put_user(state, &agent, &model);
        let now = state.ids.now();
        let part = json!({
            "id": state.ids.ascending("prt"),
            "sessionID": self.session_id,
            "messageID": self.user_id,
            "type": "text",
            "synthetic": true,
            "metadata": {"compaction_continue": true},
            "text": CONTINUE,
            "time": {"start": now, "end": now},
        });
        state.put_part(&self.session_id, &part);
    }

    fn put_user(&self, state: &mut State, agent: &str, model: &Value) -> String {
        let id = state.ids.ascending("msg");
        let info = json!({
            "id": id,
            "sessionID": self.session_id,
            "role": "user",
            "agent": agent,
            "model": model,
            "time": {"created": state.ids.now()},
        });
        state.put_info(&self.session_id, &info);
        id
    }
}
