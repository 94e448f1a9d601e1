//! Accepting a prompt: the user message, its events and the script that will answer it.

use serde_json::{Value, json};

use super::{Assigned, Phase, Run, State};
use crate::server::script::{Script, Step};

/// Why a prompt was accepted and nothing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PromptError {
    /// The session is gone.
    NotFound,
    /// The agent does not exist: two errors on the stream, no message.
    UnknownAgent,
}

impl State {
    /// Stores the user message of a prompt body and takes a script for it. Returns the message's id.
    pub(crate) fn accept_prompt(
        &mut self,
        session_id: &str,
        body: &Value,
        synchronous: bool,
    ) -> Result<String, PromptError> {
        if self.session(session_id).is_none() {
            return Err(PromptError::NotFound);
        }
        let no_reply = body["noReply"] == true;
        let script = if no_reply { Script::new() } else { self.take_script(session_id) };
        if let Some(Step::UnknownAgent(agent)) = script.steps.first() {
            let agent = agent.clone();
            self.emit_unknown_agent(session_id, &agent, synchronous);
            return Err(PromptError::UnknownAgent);
        }
        self.finish_revert(session_id);
        let (agent, model) = self.choose_agent_and_model(session_id, body);
        let message_id = self.put_user_message(session_id, body, &agent, &model);
        self.update_session(session_id, |_| {});
        if let (false, Some(session)) = (no_reply, self.sessions.get_mut(session_id)) {
            // Counted, because the same message id again is a new prompt.
            let number = session.newest_prompt.as_ref().map_or(1, |(number, _)| number + 1);
            session.newest_prompt = Some((number, message_id.clone()));
            session.assigned.insert(message_id.clone(), Assigned { script, synchronous });
        }
        Ok(message_id)
    }

    /// Registers a run for the prompts of a session, if none is there. The caller then starts the player.
    pub(crate) fn begin_run(&mut self, session_id: &str) -> Option<u64> {
        let id = self.new_run_id();
        let session = self.sessions.get_mut(session_id)?;
        if session.run.is_some() || !session.has_unanswered_prompt() {
            return None;
        }
        session.run = Some(Run { id, aborted: false, phase: Phase::Starting });
        session.failed = false;
        Some(id)
    }

    /// The newest prompt that no turn has taken up, with its script. Older ones are passed over, as on a real server.
    pub(crate) fn next_prompt(&mut self, session_id: &str) -> Option<(String, Assigned)> {
        let session = self.sessions.get_mut(session_id)?;
        if !session.has_unanswered_prompt() {
            return None;
        }
        let (number, message_id) = session.newest_prompt.clone()?;
        session.answered = number;
        let assigned = session.assigned.remove(&message_id).unwrap_or_default();
        session.assigned.clear();
        Some((message_id, assigned))
    }

    /// Passes over all prompts that wait, when a turn ends so that they will not be answered.
    pub(crate) fn skip_prompts(&mut self, session_id: &str) {
        if let Some(session) = self.sessions.get_mut(session_id) {
            session.answered = session.newest_prompt.as_ref().map_or(0, |(number, _)| *number);
            session.assigned.clear();
        }
    }

    /// Ends a run and tells those who wait for it.
    pub(crate) fn end_run(&mut self, session_id: &str) {
        if let Some(session) = self.sessions.get_mut(session_id) {
            session.run = None;
            session.finished += 1;
        }
        self.drop_if_deleted(session_id);
    }

    /// The script for the next prompt: the session's own, else the server's, else the default.
    fn take_script(&mut self, session_id: &str) -> Script {
        let own = self.session_mut(session_id).and_then(|session| session.scripts.pop_front());
        own.or_else(|| self.scripts.pop_front()).unwrap_or_else(|| self.default_script.clone())
    }

    /// The agent and model of a prompt. A change is written into the session and announced.
    fn choose_agent_and_model(&mut self, session_id: &str, body: &Value) -> (String, Value) {
        let known = self.sessions.get(session_id).map(|session| session.info.clone()).unwrap_or_default();
        let agent = body["agent"].as_str().or(known["agent"].as_str()).unwrap_or("build").to_owned();
        let model = match (&body["model"], &known["model"]) {
            (Value::Object(asked), _) => json!({
                "providerID": asked.get("providerID").cloned().unwrap_or_default(),
                "modelID": asked.get("modelID").cloned().unwrap_or_default(),
            }),
            (_, Value::Object(known)) => json!({
                "providerID": known.get("providerID").cloned().unwrap_or_default(),
                "modelID": known.get("id").cloned().unwrap_or_default(),
            }),
            _ => json!({"providerID": "test", "modelID": "test-1"}),
        };
        let variant = body["variant"].as_str().unwrap_or("default");
        let in_session =
            json!({"id": model["modelID"], "providerID": model["providerID"], "variant": variant});
        if known["agent"] != agent.as_str() || known["model"] != in_session {
            self.update_session(session_id, |info| {
                info["agent"] = json!(agent);
                info["model"] = in_session;
            });
        }
        (agent, model)
    }

    /// Stores the user message, or adds parts to the one that has this id already.
    fn put_user_message(&mut self, session_id: &str, body: &Value, agent: &str, model: &Value) -> String {
        let now = self.ids.now();
        let message_id = match body["messageID"].as_str() {
            Some(message_id) => message_id.to_owned(),
            None => self.ids.ascending("msg"),
        };
        let mut info = json!({
            "id": message_id,
            "sessionID": session_id,
            "role": "user",
            "time": {"created": now},
            "agent": agent,
            "model": model,
        });
        for name in ["system", "tools"] {
            if !body[name].is_null() {
                info[name] = body[name].clone();
            }
        }
        if body["format"].is_object() {
            info["format"] = body["format"].clone();
            if info["format"]["type"] == "json_schema" && info["format"]["retryCount"].is_null() {
                info["format"]["retryCount"] = json!(2);
            }
        }
        self.put_info(session_id, &info);
        for part in body["parts"].as_array().into_iter().flatten() {
            let mut part = part.clone();
            if !part["id"].is_string() {
                part["id"] = json!(self.ids.ascending("prt"));
            }
            part["sessionID"] = json!(session_id);
            part["messageID"] = json!(message_id);
            self.put_part(session_id, &part);
        }
        message_id
    }

    /// What a real server says about an agent it does not have: an error, and another one if nobody waits.
    fn emit_unknown_agent(&mut self, session_id: &str, agent: &str, synchronous: bool) {
        let message =
            format!("Agent not found: \"{agent}\". Available agents: build, explore, general, plan");
        self.emit_unknown_error(session_id, &message);
        if !synchronous {
            self.emit_unknown_error(session_id, "UnknownError: UnknownError\n    at createUserMessage");
        }
    }

    /// `session.error` with an error of no particular kind.
    pub(crate) fn emit_unknown_error(&mut self, session_id: &str, message: &str) {
        let error = json!({"name": "UnknownError", "data": {"message": message}});
        self.emit(session_id, "session.error", json!({"sessionID": session_id, "error": error}));
    }
}
