//! The ways a turn ends: well, with an error, or aborted.

use serde_json::{Value, json};

use super::live::Live;
use crate::server::state::{Phase, State, aborted_error};

impl Live {
    /// Ends the batch: idle, unless another prompt waits (`false`).
    pub(super) fn end(&mut self, state: &mut State) -> bool {
        let waiting =
            state.sessions.get(&self.session_id).is_some_and(|session| session.has_unanswered_prompt());
        if waiting && !self.quiet_end {
            return false;
        }
        state.skip_prompts(&self.session_id);
        if !self.quiet_end {
            state.set_busy(&self.session_id);
        }
        state.set_idle(&self.session_id);
        true
    }

    /// What still comes after the idle of a turn that ended well. The last summary is left in `late`.
    pub(super) fn trail(&mut self, state: &mut State) {
        state.update_session(&self.session_id, |_| {});
        state.emit(&self.session_id, "session.diff", json!({"sessionID": self.session_id, "diff": []}));
    }

    /// Announces the summaries that are left.
    pub(super) fn flush_late(&mut self, state: &mut State) {
        let later = std::mem::take(&mut self.later);
        for (session_id, message_id) in std::mem::take(&mut self.late).into_iter().chain(later) {
            state.put_summary(&session_id, &message_id);
        }
    }

    /// Ends the turn with an error: announced, idle, stored, idle again.
    pub(super) fn fail(&mut self, state: &mut State, error: &Value) {
        let properties = json!({"sessionID": self.session_id, "error": error});
        state.emit(&self.session_id, "session.error", properties);
        state.set_idle(&self.session_id);
        self.complete_broken_message(state, Some(error));
        state.set_idle(&self.session_id);
        state.skip_prompts(&self.session_id);
    }

    /// What follows after an abort was announced: the last snapshots, the message, and idle.
    pub(super) fn complete_aborted(&mut self, state: &mut State) {
        let run = state.sessions.get(&self.session_id).and_then(|session| session.run.as_ref());
        // An abort in the wait before a retry leaves a message without error.
        let error = run.is_none_or(|run| run.phase != Phase::Retrying).then(aborted_error);
        self.complete_broken_message(state, error.as_ref());
        state.set_idle(&self.session_id);
    }

    /// Gives the unfinished parts and the message of a broken turn their last state.
    pub(super) fn complete_broken_message(&mut self, state: &mut State, error: Option<&Value>) {
        self.close_text(state);
        self.break_tool(state);
        let Some(message) = self.message.take() else { return };
        let now = state.ids.now();
        self.update_message(state, &message.id, |info| {
            info["time"]["completed"] = json!(now);
            if let Some(error) = error {
                info["error"] = error.clone();
            }
        });
    }

    /// Ends the tool call that an abort or an error has interrupted.
    fn break_tool(&mut self, state: &mut State) {
        let Some(open) = self.message.as_mut().and_then(|message| message.tool.take()) else { return };
        let mut part = open.part;
        let start = part["state"]["time"]["start"].as_u64().unwrap_or_else(|| state.ids.now());
        let time = json!({"start": start, "end": state.ids.now()});
        let input = part["state"]["input"].clone();
        part["state"] = if part["tool"] == "bash" && open.running {
            // A command that runs is stopped, and counts as completed.
            let note = "\n\n<shell_metadata>\nUser aborted the command\n</shell_metadata>";
            json!({
                "status": "completed",
                "input": input,
                "output": format!("{}{note}", open.output),
                "metadata": {"output": open.output, "exit": null, "truncated": false},
                "title": input["command"].as_str().unwrap_or_default(),
                "time": time,
            })
        } else {
            json!({"status": "error", "input": input, "error": "Tool execution aborted", "time": time})
        };
        state.put_part(&self.session_id, &part);
    }
}
