//! `POST /session/:id/shell`: a command that the user runs, written into the session as a tool call.

use serde_json::{Value, json};

use crate::server::state::{State, new_assistant};

/// Plays a shell command in one piece and returns the assistant message. Its output is the command itself.
pub(crate) fn run_shell(state: &mut State, session_id: &str, agent: &str, command: &str) -> Option<Value> {
    let session = state.session(session_id)?;
    let directory = session.directory.clone();
    let model = json!({"providerID": "test", "modelID": "test-1"});
    state.set_busy(session_id);
    let user_id = state.ids.ascending("msg");
    let created = state.ids.now();
    let user = json!({
        "id": user_id,
        "sessionID": session_id,
        "role": "user",
        "agent": agent,
        "model": model,
        "time": {"created": created},
    });
    state.put_info(session_id, &user);
    let text = json!({
        "id": state.ids.ascending("prt"),
        "sessionID": session_id,
        "messageID": user_id,
        "type": "text",
        "text": "The following tool was executed by the user",
        "synthetic": true,
    });
    state.put_part(session_id, &text);
    let message_id = state.ids.ascending("msg");
    let start = state.ids.now();
    let mut info = new_assistant((&message_id, session_id, &user_id), agent, &model, &directory, start);
    state.put_info(session_id, &info);
    let output = format!("{command}\n");
    let mut part = json!({
        "id": state.ids.ascending("prt"),
        "sessionID": session_id,
        "messageID": message_id,
        "type": "tool",
        "tool": "bash",
        "callID": state.ids.ascending("call"),
        "state": {"status": "running", "input": {"command": command}, "time": {"start": start}},
    });
    state.put_part(session_id, &part);
    part["state"]["metadata"] = json!({"output": output});
    state.put_part(session_id, &part);
    let end = state.ids.now();
    info["time"]["completed"] = json!(end);
    state.put_info(session_id, &info);
    part["state"]["status"] = json!("completed");
    part["state"]["output"] = json!(output);
    part["state"]["title"] = json!("");
    part["state"]["time"]["end"] = json!(end);
    state.put_part(session_id, &part);
    state.set_idle(session_id);
    state.session(session_id)?.message(&message_id).map(|message| message.to_json())
}
