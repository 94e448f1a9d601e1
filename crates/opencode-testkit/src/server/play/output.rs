//! What the model says: step starts, texts and deltas.

use serde_json::json;

use super::live::{Live, OpenText};
use crate::server::state::{Phase, SNAPSHOT, State};

impl Live {
    /// Notes that the model has begun to answer: `busy` after a retry, and one `step-start` per attempt.
    pub(super) fn begin_output(&mut self, state: &mut State) {
        let Some(message) = &mut self.message else { return };
        let message_id = message.id.clone();
        let was_retrying = std::mem::take(&mut message.retrying);
        if was_retrying {
            // The failed attempt's text stays behind as it is.
            message.text = None;
            state.set_busy(&self.session_id);
        }
        if !std::mem::replace(&mut message.began, true) {
            let part = json!({
                "id": state.ids.ascending("prt"),
                "sessionID": self.session_id,
                "messageID": message_id,
                "type": "step-start",
                "snapshot": SNAPSHOT,
            });
            state.put_part(&self.session_id, &part);
        }
        self.set_phase(state, Phase::Streaming);
    }

    /// Begins a text or reasoning part, after closing the one before.
    pub(super) fn open_text(&mut self, state: &mut State, reasoning: bool) {
        self.begin_output(state);
        self.close_text(state);
        let Some(message) = &mut self.message else { return };
        let id = state.ids.ascending("prt");
        let part = json!({
            "id": id,
            "sessionID": self.session_id,
            "messageID": message.id,
            "type": if reasoning { "reasoning" } else { "text" },
            "text": "",
            "time": {"start": state.ids.now()},
        });
        message.text = Some(OpenText { part: part.clone(), text: String::new() });
        state.put_part(&self.session_id, &part);
    }

    /// Streams a piece of the open part. Servers that send deltas do not store it.
    pub(super) fn delta(&mut self, state: &mut State, delta: &str) {
        if self.message.as_ref().is_some_and(|message| message.retrying || message.text.is_none()) {
            self.open_text(state, false);
        }
        let Some(message) = &mut self.message else { return };
        let Some(open) = &mut message.text else { return };
        open.text.push_str(delta);
        if state.options.family.growing_text {
            let mut part = open.part.clone();
            part["text"] = json!(open.text);
            state.put_part_with(&self.session_id, &part, Some(delta));
        } else {
            let properties = json!({
                "sessionID": self.session_id,
                "messageID": message.id,
                "partID": open.part["id"],
                "field": "text",
                "delta": delta,
            });
            state.emit(&self.session_id, "message.part.delta", properties);
        }
    }

    /// Sends the final snapshot of the open part, if there is one.
    pub(super) fn close_text(&mut self, state: &mut State) {
        let Some(open) = self.message.as_mut().and_then(|message| message.text.take()) else { return };
        let mut part = open.part;
        part["text"] = json!(open.text);
        part["time"]["end"] = json!(state.ids.now());
        state.put_part(&self.session_id, &part);
    }

    /// Fails the current attempt.
    pub(super) fn retry(&mut self, state: &mut State, reason: &str) {
        let Some(message) = &mut self.message else { return };
        if message.retrying {
            state.set_busy(&self.session_id);
        }
        message.attempts += 1;
        message.retrying = true;
        message.began = false;
        let attempt = message.attempts;
        // 2, 4, 8 … seconds, as a real server waits; nothing here does.
        let next = state.ids.now() + 1000 * (1 << attempt.min(5));
        self.set_phase(state, Phase::Retrying);
        let status = json!({"type": "retry", "attempt": attempt, "message": reason, "next": next});
        state.set_status(&self.session_id, &status);
    }
}
