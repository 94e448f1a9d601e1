//! The sub-agent of the demo, which changes a file by a patch.
//!
//! The server offers `apply_patch` to models of certain names alone, and `write` and `edit` to all others. So whoever
//! wants to show all three needs a second model, and an agent that has it.

use serde_json::{Value, json};

use super::spoken;
use crate::model::op::Op;
use crate::model::request::ChatRequest;
use crate::real::SCRIPTED_MODEL;

/// What the sub-agent is called.
pub(super) const AGENT: &str = "patcher";
/// Its model.
pub(super) const MODEL: &str = "gpt-5-scripted";

/// What is in the file before the patch.
pub(super) const BEFORE: &str = "written by: a scripted model\nchanged by: nobody\n";

/// The part of the server's configuration that brings the sub-agent and its model.
pub(in crate::model) fn config() -> Value {
    let (provider, _) = SCRIPTED_MODEL;
    let model = json!({ "name": "Scripted Patcher", "tool_call": true, "limit": { "context": 100_000, "output": 8_000 } });
    json!({
        "provider": { provider: { "models": { MODEL: model } } },
        "agent": {
            AGENT: {
                "mode": "subagent",
                "model": format!("{provider}/{MODEL}"),
                "description": "Changes one file by a patch.",
                "prompt": "You change one file by a patch.",
            },
        },
    })
}

/// What the sub-agent is told.
pub(super) fn prompt(file: &str) -> String {
    format!("Please change `{file}` by a patch.")
}

/// What it does.
pub(super) fn steps(request: &ChatRequest, prompt: &str) -> Vec<Vec<Op>> {
    let file = prompt.split('`').nth(1);
    match file.filter(|_| request.offers("apply_patch")) {
        Some(file) => {
            let lines = ["*** Begin Patch", &format!("*** Update File: {file}"), "@@", "-changed by: nobody"];
            let patch = [&lines[..], &["+changed by: a patch", "*** End Patch"]].concat().join("\n");
            vec![
                vec![Op::tool("apply_patch", json!({ "patchText": patch }))],
                vec![spoken(&format!("`{file}` is patched."))],
            ]
        }
        None => vec![vec![spoken("There is nothing to patch.")]],
    }
}
