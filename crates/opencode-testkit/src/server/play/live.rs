//! What a turn knows while it runs, and the beginning and end of each assistant message.

use serde_json::{Value, json};

use crate::server::script::Usage;
use crate::server::state::{Phase, SNAPSHOT, State, new_assistant};

/// A turn's own memory. Everything a client can fetch is in the [`State`].
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) session_id: String,
    /// Must be the session's run, else the turn has been ended from outside.
    pub(crate) run: u64,
    /// The user message that assistant messages answer now.
    pub(crate) user_id: String,
    pub(super) directory: String,
    pub(super) message: Option<Assistant>,
    /// Whether the next assistant message is the first of the batch.
    pub(super) first: bool,
    /// Summaries, as session and user message, that are announced at the end of the current assistant message.
    pub(super) late: Vec<(String, String)>,
    /// The same for the assistant message after it.
    pub(super) later: Vec<(String, String)>,
    /// Whether the turn ends like one whose blocker was rejected: without the last busy.
    pub(super) quiet_end: bool,
    pub(super) abort_gate: Option<String>,
}

/// The assistant message that is being written.
#[derive(Debug)]
pub(super) struct Assistant {
    pub(super) id: String,
    /// Whether this attempt has sent its `step-start`.
    pub(super) began: bool,
    pub(super) text: Option<OpenText>,
    pub(super) tool: Option<OpenTool>,
    pub(super) had_tools: bool,
    pub(super) finish: Option<String>,
    pub(super) usage: Usage,
    pub(super) attempts: u64,
    /// Whether the last attempt failed and the next has not begun.
    pub(super) retrying: bool,
    pub(super) edits: Vec<String>,
    pub(super) structured: Option<Value>,
}

/// A text or reasoning part without its final snapshot.
#[derive(Debug)]
pub(super) struct OpenText {
    pub(super) part: Value,
    pub(super) text: String,
}

/// A tool call that has not ended.
#[derive(Debug)]
pub(super) struct OpenTool {
    pub(super) part: Value,
    /// Whether it runs, so that an abort stops it, or waits for a permission.
    pub(super) running: bool,
    pub(super) output: String,
}

impl Live {
    pub(crate) fn new(session_id: &str, run: u64, directory: String) -> Self {
        Self {
            session_id: session_id.to_owned(),
            run,
            user_id: String::new(),
            directory,
            message: None,
            first: true,
            late: Vec::new(),
            later: Vec::new(),
            quiet_end: false,
            abort_gate: None,
        }
    }

    /// Begins an assistant message that answers the current user message.
    pub(super) fn begin_message(&mut self, state: &mut State) {
        let user_id = self.user_id.clone();
        let (agent, model) = self.agent_and_model(state);
        state.set_busy(&self.session_id);
        self.put_new_message(state, &agent, &model, false);
        state.update_session(&self.session_id, |info| {
            info["summary"] = json!({"additions": 0, "deletions": 0, "files": 0});
        });
        state.emit(&self.session_id, "session.diff", json!({"sessionID": self.session_id, "diff": []}));
        if std::mem::take(&mut self.first) {
            state.put_summary(&self.session_id, &user_id);
        }
        state.set_busy(&self.session_id);
        self.set_phase(state, Phase::Starting);
    }

    /// Stores an empty assistant message. `summary` marks the one that a compaction writes.
    pub(super) fn put_new_message(&mut self, state: &mut State, agent: &str, model: &Value, summary: bool) {
        let id = state.ids.ascending("msg");
        let now = state.ids.now();
        let ids = (id.as_str(), self.session_id.as_str(), self.user_id.as_str());
        let mut info = new_assistant(ids, agent, model, &self.directory, now);
        if summary {
            info["summary"] = json!(true);
        }
        state.put_info(&self.session_id, &info);
        self.message = Some(Assistant {
            id,
            began: false,
            text: None,
            tool: None,
            had_tools: false,
            finish: None,
            usage: Usage::default(),
            attempts: 0,
            retrying: false,
            edits: Vec::new(),
            structured: None,
        });
    }

    /// Whether a real server would call the model once more for the same prompt: the step has called tools, nobody has
    /// refused one without a word, and no newer prompt waits.
    pub(super) fn is_to_go_on(&self, state: &State) -> bool {
        let is_calling =
            self.message.as_ref().is_some_and(|message| message.had_tools && message.finish.is_none());
        let session = state.sessions.get(&self.session_id);
        is_calling && !self.quiet_end && session.is_some_and(|session| !session.has_unanswered_prompt())
    }

    /// Ends the assistant message with everything a complete step has.
    pub(super) fn finish_message(&mut self, state: &mut State) {
        self.begin_output(state);
        self.close_text(state);
        for (session_id, message_id) in std::mem::take(&mut self.late) {
            state.put_summary(&session_id, &message_id);
        }
        let Some(message) = self.message.take() else { return };
        let default = if message.had_tools { "tool-calls" } else { "stop" };
        let reason = message.finish.clone().unwrap_or_else(|| default.to_owned());
        self.put_step_finish(state, &message, &reason);
        let (tokens, cost) = (message.usage.tokens(), message.usage.cost);
        self.update_message(state, &message.id, |info| {
            info["finish"] = json!(reason);
            info["tokens"] = tokens;
            info["cost"] = json!(cost);
        });
        if !message.edits.is_empty() {
            self.put_patch(state, &message);
        }
        let now = state.ids.now();
        self.update_message(state, &message.id, |info| {
            info["time"]["completed"] = json!(now);
            if let Some(structured) = &message.structured {
                info["structured"] = structured.clone();
            }
        });
        if message.structured.is_some() {
            // A real server announces this one twice.
            self.update_message(state, &message.id, |_| {});
        }
        self.late = std::mem::take(&mut self.later);
        self.late.push((self.session_id.clone(), self.user_id.clone()));
    }

    /// Changes the stored record of one of this session's messages and announces it.
    pub(super) fn update_message(
        &self,
        state: &mut State,
        message_id: &str,
        change: impl FnOnce(&mut Value),
    ) {
        let session = state.sessions.get(&self.session_id);
        let info =
            session.and_then(|session| session.message(message_id)).map(|message| message.info.clone());
        if let Some(mut info) = info {
            change(&mut info);
            state.put_info(&self.session_id, &info);
        }
    }

    /// The agent and model that the current user message names.
    pub(super) fn agent_and_model(&self, state: &State) -> (String, Value) {
        let session = state.sessions.get(&self.session_id);
        let info = session.and_then(|session| session.message(&self.user_id)).map(|message| &message.info);
        let agent = info.and_then(|info| info["agent"].as_str()).unwrap_or("build").to_owned();
        (agent, info.map(|info| info["model"].clone()).unwrap_or_default())
    }

    pub(super) fn set_phase(&self, state: &mut State, phase: Phase) {
        let session = state.sessions.get_mut(&self.session_id);
        if let Some(run) = session.and_then(|session| session.run.as_mut()) {
            run.phase = phase;
        }
    }

    fn put_step_finish(&self, state: &mut State, message: &Assistant, reason: &str) {
        let part = json!({
            "id": state.ids.ascending("prt"),
            "sessionID": self.session_id,
            "messageID": message.id,
            "type": "step-finish",
            "reason": reason,
            "snapshot": SNAPSHOT,
            "tokens": message.usage.tokens(),
            "cost": message.usage.cost,
        });
        state.put_part(&self.session_id, &part);
        // The totals change here; they are announced with the session's next update.
        if let Some(session) = state.sessions.get_mut(&self.session_id) {
            message.usage.add_to(&mut session.info);
        }
    }

    fn put_patch(&self, state: &mut State, message: &Assistant) {
        let part = json!({
            "id": state.ids.ascending("prt"),
            "sessionID": self.session_id,
            "messageID": message.id,
            "type": "patch",
            "hash": SNAPSHOT,
            "files": message.edits,
        });
        state.put_part(&self.session_id, &part);
        let diff = |path: &String| json!({"file": path, "patch": "", "additions": 1, "deletions": 0, "status": "added"});
        let diffs: Vec<Value> = message.edits.iter().map(diff).collect();
        let session = state.sessions.get_mut(&self.session_id);
        if let Some(user) = session.and_then(|session| session.message_mut(&self.user_id)) {
            user.info["summary"] = json!({"diffs": diffs});
        }
    }
}
