//! What the scripted agent does with a prompt.

mod failure;
mod step;
mod stream_steps;
mod tool;
mod usage;

use std::time::Duration;

use serde_json::Value;

pub(crate) use step::Step;
pub(crate) use tool::{Ask, Outcome};
pub use tool::{Permission, Subagent, Tool};
pub use usage::Usage;

/// A list of steps that answers one prompt.
///
/// Give it to [`Server::script`](super::Server::script); each prompt takes one. The player adds everything a real
/// server sends around the steps: the user message, busy and idle, the assistant message, `step-start` and
/// `step-finish`. One assistant message holds the steps up to [`next_step`](Self::next_step).
///
/// ```
/// use opencode_testkit::server::{Permission, Script, Tool};
/// use serde_json::json;
///
/// let script = Script::new()
///     .reasoning("A file would help.")
///     .text("I will write a file.")
///     .tool(
///         Tool::new("bash")
///             .input(json!({"command": "echo hi > a.txt"}))
///             .ask(Permission::new("bash", "echo hi > a.txt").always("echo *"))
///             .output("done"),
///     )
///     .next_step()
///     .hold("before the answer")
///     .text("Done.");
/// # let _ = script;
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Script {
    pub(crate) steps: Vec<Step>,
    pub(crate) abort_gate: Option<String>,
}

impl Script {
    /// A script without steps: the turn ends at once, without text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Streams a text, one delta per word.
    pub fn text(self, text: impl AsRef<str>) -> Self {
        self.text_chunks(words(text.as_ref()))
    }

    /// Streams a text as exactly these deltas.
    pub fn text_chunks(self, chunks: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.then(Step::Text { reasoning: false, chunks: chunks.into_iter().map(Into::into).collect() })
    }

    /// Streams reasoning, one delta per word.
    pub fn reasoning(self, text: impl AsRef<str>) -> Self {
        self.reasoning_chunks(words(text.as_ref()))
    }

    /// Streams reasoning as exactly these deltas.
    pub fn reasoning_chunks(self, chunks: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.then(Step::Text { reasoning: true, chunks: chunks.into_iter().map(Into::into).collect() })
    }

    /// Adds to the text or reasoning that is open, without beginning a new part. Together with
    /// [`hold`](Self::hold) it stops a test in the middle of a text.
    pub fn more(self, text: impl AsRef<str>) -> Self {
        self.then(Step::More(words(text.as_ref())))
    }

    /// Plays a tool call from pending to its end.
    pub fn tool(self, tool: Tool) -> Self {
        self.then(Step::Tool(Box::new(tool)))
    }

    /// Asks questions (the `questions` array of the question tool) and waits for the answers. A rejection ends the
    /// turn.
    pub fn question(self, questions: impl Into<Value>) -> Self {
        self.tool(Tool::question(questions.into()))
    }

    /// Writes the todo list (an array of `{content, status, priority}`) with the `todowrite` tool.
    pub fn todos(self, todos: impl Into<Value>) -> Self {
        self.tool(Tool::todos(todos.into()))
    }

    /// Runs a sub-agent in a child session until its own script ends.
    pub fn subagent(self, subagent: Subagent) -> Self {
        self.then(Step::Subagent(Box::new(subagent)))
    }

    /// Ends the assistant message and begins the next one, which answers the same user message.
    pub fn next_step(self) -> Self {
        self.then(Step::Next)
    }

    /// Sets the finish reason of the current assistant message. Without it: `tool-calls` if there was a tool, else
    /// `stop`. A script that ends with `tool-calls` goes on with a step in which nothing is said, as a model that has
    /// nothing to say to what its tools have answered; with a reason that is set, it breaks off there.
    pub fn finish(self, reason: impl Into<String>) -> Self {
        self.then(Step::Finish(reason.into()))
    }

    /// Sets tokens and cost of the current assistant message.
    pub fn usage(self, usage: Usage) -> Self {
        self.then(Step::Usage(usage))
    }

    /// Answers a prompt with a `format`: the `StructuredOutput` tool, and `structured` on the message.
    pub fn structured(self, value: impl Into<Value>) -> Self {
        self.then(Step::Structured(value.into()))
    }

    /// Waits until the test calls [`Server::release`](super::Server::release)`(name)`.
    pub fn hold(self, name: impl Into<String>) -> Self {
        self.then(Step::Hold(name.into()))
    }

    /// Never goes on, like a model that has stopped answering. Only an abort or a restart ends the turn.
    pub fn hang(self) -> Self {
        self.then(Step::Hang)
    }

    /// Waits on tokio's clock, which a test can pause.
    pub fn delay(self, duration: Duration) -> Self {
        self.then(Step::Delay(duration))
    }

    /// When this turn is aborted, waits at `name` after the first idle: the rest of the abort (final part, message,
    /// second idle) comes after [`Server::release`](super::Server::release)`(name)`.
    pub fn hold_abort(mut self, name: impl Into<String>) -> Self {
        self.abort_gate = Some(name.into());
        self
    }

    pub(crate) fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

/// Words with the space that follows them, as models stream them.
fn words(text: &str) -> Vec<String> {
    text.split_inclusive(' ').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_keep_their_spaces() {
        assert_eq!(words("The answer is 42."), ["The ", "answer ", "is ", "42."]);
        assert!(words("").is_empty());
    }
}
