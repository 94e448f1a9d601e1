//! The states of a tool call: pending, running, over.

use serde_json::{Value, json};

use super::live::{Live, OpenTool};
use crate::server::script::{Ask, Tool};
use crate::server::state::{BlockerKind, Ruling, State};

/// Whether a tool call waits for somebody.
pub(super) enum Asked {
    Nothing,
    Decided(Ruling),
    Open(String),
}

impl Live {
    /// Pending, the request if there is one, and running, in the order of a real server.
    pub(super) fn begin_tool(&mut self, state: &mut State, tool: &Tool) -> Asked {
        let call_id = tool.call_id.clone().unwrap_or_else(|| state.ids.ascending("call"));
        self.put_pending_tool(state, &tool.name, &call_id);
        let asked = self.ask(state, tool, &call_id);
        if let Some(todos) = &tool.todos {
            if let Some(session) = state.sessions.get_mut(&self.session_id) {
                session.todos = todos.clone();
            }
            let properties = json!({"sessionID": self.session_id, "todos": todos});
            state.emit(&self.session_id, "todo.updated", properties);
        }
        let start = state.ids.now();
        self.update_tool(state, |part| {
            if let Some(name) = &tool.becomes {
                part["tool"] = json!(name);
            }
            part["state"] = json!({"status": "running", "input": tool.input, "time": {"start": start}});
        });
        self.close_text(state);
        asked
    }

    pub(super) fn put_pending_tool(&mut self, state: &mut State, name: &str, call_id: &str) {
        self.begin_output(state);
        let Some(message) = &mut self.message else { return };
        let part = json!({
            "id": state.ids.ascending("prt"),
            "sessionID": self.session_id,
            "messageID": message.id,
            "type": "tool",
            "tool": name,
            "callID": call_id,
            "state": {"status": "pending", "input": {}, "raw": ""},
        });
        message.had_tools = true;
        message.tool = Some(OpenTool { part: part.clone(), running: false, output: String::new() });
        state.put_part(&self.session_id, &part);
    }

    fn ask(&self, state: &mut State, tool: &Tool, call_id: &str) -> Asked {
        let place = json!({"messageID": self.message.as_ref().map(|message| &message.id), "callID": call_id});
        match &tool.ask {
            Ask::Nothing => Asked::Nothing,
            Ask::Questions(questions) => {
                let request = json!({"questions": questions, "tool": place});
                Asked::Open(state.ask(BlockerKind::Question, &self.session_id, request))
            }
            Ask::Permission(asked) => {
                if let Some(ruling) =
                    state.standing_ruling(&self.session_id, &asked.permission, &asked.patterns)
                {
                    return Asked::Decided(ruling);
                }
                let request = json!({
                    "permission": asked.permission,
                    "patterns": asked.patterns,
                    "metadata": asked.metadata,
                    "always": asked.always,
                    "tool": place,
                });
                Asked::Open(state.ask(BlockerKind::Permission, &self.session_id, request))
            }
        }
    }

    pub(super) fn mark_tool_running(&mut self) {
        if let Some(open) = self.message.as_mut().and_then(|message| message.tool.as_mut()) {
            open.running = true;
        }
    }

    pub(super) fn progress_tool(&mut self, state: &mut State, output: &str) {
        self.mark_tool_running();
        if let Some(open) = self.message.as_mut().and_then(|message| message.tool.as_mut()) {
            output.clone_into(&mut open.output);
        }
        self.update_tool(state, |part| part["state"]["metadata"] = json!({"output": output}));
    }

    pub(super) fn complete_tool(&mut self, state: &mut State, tool: &Tool, output: &str) {
        for path in &tool.edits {
            state.emit_in(Some(&self.directory), "file.edited", json!({"file": path}));
            let watched = json!({"file": path, "event": "add"});
            state.emit_in(Some(&self.directory), "file.watcher.updated", watched);
        }
        let end = state.ids.now();
        self.end_tool(state, |part| {
            let running = part["state"].take();
            part["state"] = json!({
                "status": "completed",
                "input": running["input"],
                "output": output,
                "metadata": tool.metadata,
                "title": tool.title.as_deref().unwrap_or(&tool.name),
                "time": {"start": running["time"]["start"], "end": end},
            });
        });
        if let Some(message) = &mut self.message {
            message.edits.extend(tool.edits.iter().cloned());
        }
    }

    pub(super) fn fail_tool(&mut self, state: &mut State, error: &str) {
        let end = state.ids.now();
        self.end_tool(state, |part| {
            let running = part["state"].take();
            part["state"] = json!({
                "status": "error",
                "input": running["input"],
                "error": error,
                "time": {"start": running["time"]["start"], "end": end},
            });
        });
    }

    pub(super) fn update_tool(&mut self, state: &mut State, change: impl FnOnce(&mut Value)) {
        if let Some(open) = self.message.as_mut().and_then(|message| message.tool.as_mut()) {
            change(&mut open.part);
            state.put_part(&self.session_id, &open.part);
        }
    }

    pub(super) fn end_tool(&mut self, state: &mut State, change: impl FnOnce(&mut Value)) {
        self.update_tool(state, change);
        if let Some(message) = &mut self.message {
            message.tool = None;
        }
    }
}
