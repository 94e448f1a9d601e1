//! What the agent does in every turn: two steps, with a call of a tool between them.

use opencode_testkit::model::{ModelScript, Op};
use opencode_testkit::server::{Script, Tool};
use serde_json::json;

const FIRST_STEP: &str = "I write it down. ";
/// What is said before the agent waits.
pub(super) const FIRST_HALF: &str = "Half of";
const SECOND_HALF: &str = " the answer.";

/// How many steps the answer has.
pub(super) const STEPS: u64 = 2;

/// The whole answer.
pub(super) fn answer() -> String {
    format!("{FIRST_STEP}{FIRST_HALF}{SECOND_HALF}")
}

/// For the scripted server. In the middle of the last text it waits at a gate.
pub(super) fn for_server(gate: &str) -> Script {
    Script::new()
        .text(FIRST_STEP)
        .tool(Tool::new("write").input(json!({"filePath": "a.txt", "content": "x"})).output("Wrote it."))
        .next_step()
        .text(FIRST_HALF)
        .hold(gate)
        .more(SECOND_HALF)
}

/// The same for the real server, in the prompt.
pub(super) fn for_model(gate: &str) -> String {
    ModelScript::new()
        .step([Op::text(FIRST_STEP), Op::tool("write", json!({"filePath": "a.txt", "content": "x"}))])
        .step([Op::text(FIRST_HALF), Op::hold(gate), Op::text(SECOND_HALF)])
        .to_prompt("Please go.")
}
