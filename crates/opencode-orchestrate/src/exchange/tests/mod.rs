//! Exchanges as a server would give them.

mod attached;
mod files;
mod places;
mod properties;
mod turns;
mod v2;

use opencode_wire::model::StoredMessage;
use serde_json::{Value, json};

use super::*;

pub(super) const SESSION: &str = "ses_1";
pub(super) const CHILD: &str = "ses_2";

/// A message of a session; its number is its place in time.
#[expect(clippy::needless_pass_by_value, reason = "it is written where it is passed")]
pub(super) fn message(session: &str, number: u32, info: Value, parts: Vec<Value>) -> StoredMessage {
    let id = format!("msg_{number:03}");
    let mut all =
        json!({ "id": id, "sessionID": session, "time": { "created": number, "completed": number + 1 } });
    all.as_object_mut().unwrap().extend(info.as_object().unwrap().clone());
    let parts: Vec<Value> = (0..)
        .zip(parts)
        .map(|(at, mut part): (u32, Value)| {
            let place =
                json!({ "id": format!("prt_{number:03}_{at:02}"), "sessionID": session, "messageID": id });
            part.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
            part
        })
        .collect();
    serde_json::from_value(json!({ "info": all, "parts": parts })).unwrap()
}

/// A message in a person's name.
pub(super) fn prompt(number: u32, part: Value) -> StoredMessage {
    message(SESSION, number, json!({ "role": "user", "time": { "created": number } }), vec![part])
}

/// A step that answers a message.
pub(super) fn step(number: u32, parent: u32, finish: &str, parts: Vec<Value>) -> StoredMessage {
    let info = json!({ "role": "assistant", "parentID": format!("msg_{parent:03}"), "finish": finish });
    message(SESSION, number, info, parts)
}

pub(super) fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text, "time": { "start": 1, "end": 2 } })
}

pub(super) fn synthetic(text: &str) -> Value {
    json!({ "type": "text", "text": text, "synthetic": true })
}

pub(super) fn used(cost: f64, input: u64, output: u64, reasoning: u64) -> Value {
    let cache = json!({ "read": 0, "write": 0 });
    let tokens = json!({ "input": input, "output": output, "reasoning": reasoning, "cache": cache });
    json!({ "type": "step-finish", "reason": "stop", "cost": cost, "tokens": tokens })
}

pub(crate) fn call(tool: &str, ended: u32, input: &Value, metadata: &Value) -> Value {
    let state = json!({
        "status": "completed", "input": input, "output": "", "title": "", "metadata": metadata,
        "time": { "start": ended, "end": ended },
    });
    json!({ "type": "tool", "tool": tool, "callID": "call_1", "state": state })
}

pub(crate) fn write(ended: u32, path: &str, content: &str) -> Value {
    call("write", ended, &json!({ "filePath": path, "content": content }), &json!({}))
}

pub(crate) fn edit(ended: u32, path: &str) -> Value {
    call("edit", ended, &json!({ "filePath": path, "oldString": "a", "newString": "b" }), &json!({}))
}

#[expect(clippy::needless_pass_by_value, reason = "it is written where it is passed")]
pub(super) fn patch(ended: u32, files: Value) -> Value {
    call("apply_patch", ended, &json!({ "patchText": "*** Begin Patch" }), &json!({ "files": files }))
}

/// The turn of message 1.
pub(super) fn exchange(messages: Vec<StoredMessage>) -> Exchange {
    Exchange::new(SESSION.parse().unwrap(), "msg_001".parse().unwrap(), messages)
}

/// One answer with these calls.
pub(crate) fn answered(calls: Vec<Value>) -> Exchange {
    exchange(vec![prompt(1, text("Go.")), step(2, 1, "stop", calls)])
}

/// What one answer with these calls left.
pub(super) fn artifacts(calls: Vec<Value>) -> ToolArtifacts {
    all_of(&answered(calls))
}

pub(super) fn all_of(exchange: &Exchange) -> ToolArtifacts {
    exchange.tool_artifacts(&ToolArtifactsOptions::default())
}

/// Paths and contents.
pub(super) fn files(artifacts: &ToolArtifacts) -> Vec<(&str, &str)> {
    artifacts
        .files
        .iter()
        .map(|file| (file.path.as_str(), std::str::from_utf8(&file.content).unwrap()))
        .collect()
}

/// Reasons and paths.
pub(super) fn left_out(artifacts: &ToolArtifacts) -> Vec<(DropReason, String)> {
    let all = artifacts.dropped.iter();
    all.map(|dropped| (dropped.reason.clone(), dropped.paths.join(" "))).collect()
}

/// A turn of two steps, with a compaction and what goes on after it between them, and the turns around it.
pub(super) fn compacted() -> Vec<StoredMessage> {
    let summary = json!({ "role": "assistant", "parentID": "msg_003", "summary": true, "finish": "stop" });
    vec![
        message(
            SESSION,
            0,
            json!({ "role": "assistant", "parentID": "msg_000a", "finish": "stop" }),
            vec![text("An older answer."), used(9.0, 9, 9, 9)],
        ),
        prompt(1, text("Go.")),
        step(2, 1, "tool-calls", vec![text("Before."), write(2, "a.txt", "one"), used(0.12, 100, 10, 5)]),
        prompt(3, json!({ "type": "compaction", "auto": true })),
        message(SESSION, 4, summary, vec![text("What was said."), used(0.1, 50, 5, 0)]),
        prompt(5, synthetic("Continue.")),
        step(6, 5, "stop", vec![text("After."), used(0.24, 200, 20, 7)]),
        prompt(7, text("Go.")),
        step(8, 7, "stop", vec![text("A later answer."), write(8, "a.txt", "later"), used(7.0, 7, 7, 7)]),
    ]
}
