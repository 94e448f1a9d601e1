//! What a model without a script says to a person.

mod name;
pub(super) mod patcher;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::op::{Op, Pace};
use super::request::ChatRequest;

/// A pause between words, so that a person sees them come.
const WORD_MS: u64 = 30;

/// What is edited, and what is there then.
const EDIT: [&str; 2] = ["- [ ] Change this line", "- [x] Change this line"];

/// The next answer to a prompt, by how many answers it has had already.
///
/// Only tools that the caller offers are used, so that a read-only agent is not shown a failure.
pub(super) fn answer(request: &ChatRequest) -> Vec<Op> {
    let Some(prompt_index) = request.last_user() else {
        return vec![spoken("There is no prompt to answer.")];
    };
    let prompt = request.text_at(prompt_index);
    let mut steps = if request.model == patcher::MODEL {
        patcher::steps(request, &prompt)
    } else {
        steps(request, &prompt)
    };
    let step = request.assistants_after(prompt_index).min(steps.len() - 1);
    steps.swap_remove(step)
}

/// All answers to a prompt, one at least.
fn steps(request: &ChatRequest, prompt: &str) -> Vec<Vec<Op>> {
    let plan = Plan::new(prompt);
    let mut steps: Vec<Vec<Op>> = Vec::new();
    if request.offers("todowrite") {
        steps.push(plan.begin());
    }
    if request.offers("write") {
        steps.push(plan.write());
        if request.offers("edit") {
            steps.push(plan.edit());
        }
        if request.offers_agent(patcher::AGENT) {
            steps.push(plan.patch());
        }
    }
    if request.offers("bash") {
        steps.push(plan.command());
    }
    if request.offers("todowrite") {
        steps.push(vec![plan.todos("completed", "completed")]);
    }
    let used_tools = !steps.is_empty();
    steps.push(plan.end(used_tools));
    steps
}

/// What is asked for: three files that are written, two of which are changed.
struct Plan {
    prompt: String,
    shown: String,
    edited: String,
    patched: String,
}

impl Plan {
    fn new(prompt: &str) -> Self {
        let shown = name::file_name(prompt);
        let stem = shown.rsplit_once('.').map_or(shown.as_str(), |(stem, _)| stem);
        Self {
            prompt: first_line(prompt),
            edited: format!("{stem}-notes.md"),
            patched: format!("{stem}-facts.txt"),
            shown,
        }
    }

    fn begin(&self) -> Vec<Op> {
        vec![
            thought(
                "There is no model behind this, only a script. It plans a few small steps, so \
                 that the usual kinds of event can be seen.",
            ),
            spoken(&format!("You wrote: \"{}\". Here is a plan.", self.prompt)),
            self.todos("in_progress", "pending"),
        ]
    }

    fn write(&self) -> Vec<Op> {
        let content = format!("# {}\n\nThis file was written by a scripted model.\n", self.prompt);
        let notes = format!("# Notes\n\n{}\n", EDIT[0]);
        let write =
            |path: &str, content: &str| Op::tool("write", json!({ "filePath": path, "content": content }));
        vec![
            spoken("Three small files first."),
            write(&self.shown, &content),
            write(&self.edited, &notes),
            write(&self.patched, patcher::BEFORE),
        ]
    }

    fn edit(&self) -> Vec<Op> {
        let [old, new] = EDIT;
        vec![
            spoken("One of them is edited."),
            Op::tool("edit", json!({ "filePath": self.edited, "oldString": old, "newString": new })),
        ]
    }

    fn patch(&self) -> Vec<Op> {
        vec![
            spoken("Another is patched, by a sub-agent: its model is offered other tools."),
            Op::tool(
                "task",
                json!({
                    "description": format!("Patch {}", self.patched),
                    "prompt": patcher::prompt(&self.patched),
                    "subagent_type": patcher::AGENT,
                }),
            ),
        ]
    }

    fn command(&self) -> Vec<Op> {
        vec![
            spoken("Now a command. It needs your permission unless your rules allow it."),
            Op::tool(
                "bash",
                json!({
                    // Every shell that the server may use knows this one.
                    "command": format!("cat {}", self.shown),
                    "description": "Shows the first file",
                }),
            ),
        ]
    }

    fn end(&self, used_tools: bool) -> Vec<Op> {
        let what = if used_tools {
            format!("it asked for `{}` and the rest, whatever you had asked for", self.shown)
        } else {
            "it was offered no tool it knows, so it did nothing".to_owned()
        };
        vec![spoken(&format!(
            "That is all. To be clear: no AI answered. This text comes from a scripted model, and \
             {what}. Everything else was real: the OpenCode server, its tools, its permissions and \
             the events you saw."
        ))]
    }

    fn todos(&self, first: &str, second: &str) -> Op {
        let todo = |content: &str, status: &str, id: &str| -> Value {
            json!({ "content": content, "status": status, "priority": "medium", "id": id })
        };
        Op::tool(
            "todowrite",
            json!({ "todos": [
                todo("Ask for files to be written and changed", first, "1"),
                todo(&format!("Ask for {} to be shown", self.shown), second, "2"),
                todo("Say who answered", second, "3"),
            ] }),
        )
    }
}

fn spoken(text: &str) -> Op {
    Op::Text { text: text.to_owned(), pace: pace() }
}

fn thought(text: &str) -> Op {
    Op::Reasoning { text: text.to_owned(), pace: pace() }
}

fn pace() -> Pace {
    Pace { delay_ms: WORD_MS, ..Pace::default() }
}

/// The first line, short enough to be quoted.
fn first_line(prompt: &str) -> String {
    let line = prompt.lines().find(|line| !line.trim().is_empty());
    line.unwrap_or("(nothing)").trim().chars().take(80).collect()
}
