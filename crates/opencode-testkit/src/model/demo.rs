//! What a model without a script says to a person.

use serde_json::{Value, json};

use super::op::{Op, Pace};
use super::request::ChatRequest;

/// A pause between words, so that a person sees them come.
const WORD_MS: u64 = 30;
/// How many words of a prompt make the name of a file.
const NAME_WORDS: usize = 4;
/// How long a name may be, without its ending.
const NAME_LENGTH: usize = 40;

/// The next answer to a prompt, by how many answers it has had already.
///
/// Only tools that the caller offers are used, so that a read-only agent is not shown a failure.
pub(super) fn answer(request: &ChatRequest) -> Vec<Op> {
    let Some(prompt_index) = request.last_user() else {
        return vec![spoken("There is no prompt to answer.")];
    };
    let plan = Plan::new(&request.text_at(prompt_index));
    let mut steps: Vec<Vec<Op>> = Vec::new();
    if request.offers("todowrite") {
        steps.push(plan.begin());
    }
    if request.offers("write") {
        steps.push(plan.write());
    }
    if request.offers("bash") {
        steps.push(plan.command());
    }
    if request.offers("todowrite") {
        steps.push(vec![plan.todos("completed", "completed")]);
    }
    let used_tools = !steps.is_empty();
    steps.push(plan.end(used_tools));
    let step = request.assistants_after(prompt_index).min(steps.len() - 1);
    steps.swap_remove(step)
}

struct Plan {
    prompt: String,
    file: String,
}

impl Plan {
    fn new(prompt: &str) -> Self {
        Self { prompt: first_line(prompt), file: file_name(prompt) }
    }

    fn begin(&self) -> Vec<Op> {
        vec![
            thought(
                "There is no model behind this, only a script. It plans three small steps, so \
                 that the usual kinds of event can be seen.",
            ),
            spoken(&format!("You wrote: \"{}\". Here is a plan.", self.prompt)),
            self.todos("in_progress", "pending"),
        ]
    }

    fn write(&self) -> Vec<Op> {
        let content = format!("# {}\n\nThis file was written by a scripted model.\n", self.prompt);
        vec![
            spoken(&format!("A small file first: `{}`.", self.file)),
            Op::tool("write", json!({ "filePath": self.file, "content": content })),
        ]
    }

    fn command(&self) -> Vec<Op> {
        vec![
            spoken("Now a command. It needs your permission unless your rules allow it."),
            Op::tool(
                "bash",
                json!({
                    // Every shell that the server may use knows this one.
                    "command": format!("cat {}", self.file),
                    "description": "Shows the new file",
                }),
            ),
        ]
    }

    fn end(&self, used_tools: bool) -> Vec<Op> {
        let what = if used_tools {
            format!(
                "it asked for `{}` to be written and for one command to be run, whatever you \
                 had asked for",
                self.file
            )
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
        let todo = |content: String, status: &str, id: &str| -> Value {
            json!({ "content": content, "status": status, "priority": "medium", "id": id })
        };
        Op::tool(
            "todowrite",
            json!({ "todos": [
                todo(format!("Ask for {} to be written", self.file), first, "1"),
                todo("Ask for it to be shown".to_owned(), second, "2"),
                todo("Say who answered".to_owned(), second, "3"),
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

/// The text file that the prompt names, else a name made of its first words: nothing in it needs
/// quoting in a shell or can lead out of the directory.
fn file_name(prompt: &str) -> String {
    if let Some(named) = prompt.split_whitespace().map(bare).find(|word| is_text_file(word)) {
        return named.to_owned();
    }
    let lower = prompt.to_lowercase();
    let words: Vec<&str> = lower
        .split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(NAME_WORDS)
        .collect();
    let stem: String = words.join("-").chars().take(NAME_LENGTH).collect();
    if stem.is_empty() { "demo.md".to_owned() } else { format!("{stem}.md") }
}

/// The word without quotes around it and the punctuation behind it.
fn bare(word: &str) -> &str {
    word.trim_matches(|char: char| !char.is_ascii_alphanumeric())
}

fn is_text_file(word: &str) -> bool {
    let stem = word.strip_suffix(".md").or_else(|| word.strip_suffix(".txt"));
    stem.is_some_and(|stem| {
        (1..=NAME_LENGTH).contains(&stem.len())
            && stem.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_harmless() {
        assert_eq!(file_name("Hello!"), "hello.md");
        assert_eq!(file_name("../../etc/passwd; rm -rf /"), "etc-passwd-rm-rf.md");
        assert_eq!(file_name("日本語"), "demo.md");
        assert_eq!(file_name(&"a".repeat(500)).len(), 43);
    }

    #[test]
    fn a_file_that_the_prompt_names_is_the_one() {
        assert_eq!(file_name("Write hello.md with a short greeting."), "hello.md");
        assert_eq!(file_name("Put it into \"my_notes-2.txt\"."), "my_notes-2.txt");
        assert_eq!(file_name("Write ../up.md"), "up.md");
        assert_eq!(file_name("Write docs/in.md"), "write-docs-in-md.md");
        assert_eq!(file_name("Run $(id).md"), "run-id-md.md");
    }

    #[test]
    fn without_tools_the_answer_is_one_honest_text() {
        let request = ChatRequest {
            session_id: None,
            parent_session_id: None,
            model: String::new(),
            stream: true,
            messages: vec![json!({ "role": "user", "content": "Hello" })],
            tools: Vec::new(),
        };
        let ops = answer(&request);
        assert!(matches!(&ops[..], [Op::Text { text, .. }] if text.contains("no AI answered")), "{ops:?}");
    }
}
