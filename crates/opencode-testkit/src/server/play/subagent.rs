//! Sub-agents: a child session whose turn is played inside the parent's.

use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Value, json};

use super::run::Close;
use super::{Live, Stop, Turn};
use crate::server::script::Subagent;
use crate::server::state::State;

impl Turn {
    /// Plays the `task` tool from pending to its end.
    pub(super) async fn play_subagent(&mut self, subagent: Subagent) -> Result<(), Stop> {
        let child = self.store(|state, live| live.begin_subagent(state, &subagent))?;
        let Some(child) = child else { return Ok(()) };
        let child_id = child.session_id.clone();
        let mut child = Self::new(Arc::clone(&self.core), child);
        let closed = child.answer_boxed().await;
        let completed = closed == Ok(Close::Well);
        if let Err(stop) = closed {
            child.close_stopped(stop).await;
        } else {
            self.core.with(|state| state.end_run(&child_id));
        }
        self.store(|state, live| {
            live.end_subagent(state, &child_id, completed);
            if completed {
                child.live.trail(state);
                live.later.append(&mut child.live.late);
            }
        })
    }
}

impl Turn {
    /// Children can have children, so the recursion needs a box and a named type.
    fn answer_boxed(&mut self) -> Pin<Box<dyn Future<Output = Result<Close, Stop>> + Send + '_>> {
        Box::pin(self.answer_all())
    }
}

impl Live {
    /// Creates the child session, starts the tool and prompts the child.
    fn begin_subagent(&mut self, state: &mut State, subagent: &Subagent) -> Option<Self> {
        let call_id = state.ids.ascending("call");
        self.put_pending_tool(state, "task", &call_id);
        let body = json!({
            "parentID": self.session_id,
            "title": format!("{} (@{} subagent)", subagent.description, subagent.agent),
            "agent": subagent.agent,
            "permission": [{"permission": "task", "pattern": "*", "action": "deny"}],
        });
        let child_id = state.create_session(&self.directory, &body)["id"].as_str()?.to_owned();
        let (_, model) = self.agent_and_model(state);
        let start = state.ids.now();
        let running = json!({
            "status": "running",
            "title": subagent.description,
            "metadata": {"parentSessionId": self.session_id, "sessionId": child_id, "model": model},
            "input": {
                "description": subagent.description,
                "prompt": subagent.prompt,
                "subagent_type": subagent.agent,
            },
            "time": {"start": start},
        });
        // A real server says so twice.
        self.update_tool(state, |part| part["state"] = running);
        self.update_tool(state, |_| {});
        self.close_text(state);
        let prompt = json!({
            "agent": subagent.agent,
            "model": model,
            "parts": [{"type": "text", "text": subagent.prompt}],
        });
        state.sessions.get_mut(&child_id)?.scripts.push_front(subagent.script.clone());
        state.accept_prompt(&child_id, &prompt, false).ok()?;
        let run = state.begin_run(&child_id)?;
        Some(Self::new(&child_id, run, self.directory.clone()))
    }

    /// Ends the tool with the last text of the child.
    fn end_subagent(&mut self, state: &mut State, child_id: &str, completed: bool) {
        let result = state.session(child_id).and_then(|child| child.last_assistant()).and_then(|message| {
            let texts = message.parts.iter().rev().find(|part| part["type"] == "text")?;
            texts["text"].as_str().map(str::to_owned)
        });
        let result = result.unwrap_or_default();
        let end = state.ids.now();
        self.end_tool(state, |part| {
            let running = part["state"].take();
            let time = json!({"start": running["time"]["start"], "end": end});
            part["state"] = if completed {
                let mut metadata = running["metadata"].clone();
                metadata["truncated"] = json!(false);
                json!({
                    "status": "completed",
                    "input": running["input"],
                    "output": task_output(child_id, &result),
                    "metadata": metadata,
                    "title": running["title"],
                    "time": time,
                })
            } else {
                json!({
                    "status": "error",
                    "input": running["input"],
                    "error": "Tool execution aborted",
                    "metadata": running["metadata"],
                    "time": time,
                })
            };
        });
    }
}

fn task_output(child_id: &str, result: &str) -> Value {
    json!(format!(
        "<task id=\"{child_id}\" state=\"completed\">\n<task_result>\n{result}\n</task_result>\n</task>"
    ))
}
