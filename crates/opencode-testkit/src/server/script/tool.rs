//! Tool calls, permission requests and sub-agents.

use serde_json::{Value, json};

use super::Script;

/// A tool call: what the model asked for and how it ends.
#[derive(Debug, Clone)]
#[must_use]
pub struct Tool {
    pub(crate) name: String,
    pub(crate) input: Value,
    pub(crate) call_id: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) metadata: Value,
    pub(crate) progress: Vec<String>,
    pub(crate) ask: Ask,
    pub(crate) todos: Option<Value>,
    pub(crate) edits: Vec<String>,
    pub(crate) gate: Option<String>,
    pub(crate) outcome: Outcome,
    pub(crate) becomes: Option<String>,
}

/// What a tool waits for before it runs.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    Nothing,
    Permission(Permission),
    Questions(Value),
}

/// How a tool call ends.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Completed(String),
    Failed(String),
}

impl Tool {
    /// A call of the tool `name`, without input, that completes with an empty output.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            input: json!({}),
            call_id: None,
            title: None,
            metadata: json!({"truncated": false}),
            progress: Vec::new(),
            ask: Ask::Nothing,
            todos: None,
            edits: Vec::new(),
            gate: None,
            outcome: Outcome::Completed(String::new()),
            becomes: None,
        }
    }

    /// The arguments, complete from the `running` state on.
    pub fn input(mut self, input: impl Into<Value>) -> Self {
        self.input = input.into();
        self
    }

    /// The call id. Without it the server makes one.
    pub fn call_id(mut self, call_id: impl Into<String>) -> Self {
        self.call_id = Some(call_id.into());
        self
    }

    /// The title of the completed call. Without it, the tool's name.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// The metadata of the completed call.
    pub fn metadata(mut self, metadata: impl Into<Value>) -> Self {
        self.metadata = metadata.into();
        self
    }

    /// Repeats the `running` state with this in `metadata.output`, as `bash` does while it runs.
    pub fn progress(mut self, output: impl Into<String>) -> Self {
        self.progress.push(output.into());
        self
    }

    /// Asks for permission before it runs, and waits.
    pub fn ask(mut self, permission: Permission) -> Self {
        self.ask = Ask::Permission(permission);
        self
    }

    /// Stays in the `running` state until [`Server::release`](crate::server::Server::release)`(name)`.
    pub fn hold(mut self, name: impl Into<String>) -> Self {
        self.gate = Some(name.into());
        self
    }

    /// Writes a file: `file.edited` and `file.watcher.updated`, a `patch` part, and a diff in the user message.
    pub fn edits(mut self, path: impl Into<String>) -> Self {
        self.edits.push(path.into());
        self
    }

    /// Changes the tool's name when it runs, as `invalid` replaces a tool that does not exist.
    pub fn becomes(mut self, name: impl Into<String>) -> Self {
        self.becomes = Some(name.into());
        self
    }

    /// Completes with this output.
    pub fn output(mut self, output: impl Into<String>) -> Self {
        self.outcome = Outcome::Completed(output.into());
        self
    }

    /// Ends in the `error` state with this message. The turn goes on.
    pub fn error(mut self, message: impl Into<String>) -> Self {
        self.outcome = Outcome::Failed(message.into());
        self
    }

    pub(crate) fn question(questions: Value) -> Self {
        let count = questions.as_array().map_or(0, Vec::len);
        let tool = Self::new("question")
            .input(json!({"questions": questions}))
            .title(format!("Asked {count} question{}", if count == 1 { "" } else { "s" }));
        Self { ask: Ask::Questions(questions), ..tool }
    }

    pub(crate) fn todos(todos: Value) -> Self {
        let open = |todo: &&Value| todo["status"] != "completed";
        let count = todos.as_array().map_or(0, |todos| todos.iter().filter(open).count());
        let tool = Self::new("todowrite")
            .input(json!({"todos": todos}))
            .title(format!("{count} todos"))
            .metadata(json!({"todos": todos, "truncated": false}))
            .output(format!("{todos:#}"));
        Self { todos: Some(todos), ..tool }
    }
}

/// A permission request.
#[derive(Debug, Clone)]
#[must_use]
pub struct Permission {
    pub(crate) permission: String,
    pub(crate) patterns: Vec<String>,
    pub(crate) always: Vec<String>,
    pub(crate) metadata: Value,
}

impl Permission {
    /// Asks for `permission` (`bash`, `edit`, …) on one thing, such as a command.
    pub fn new(permission: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self {
            permission: permission.into(),
            patterns: vec![pattern.into()],
            always: Vec::new(),
            metadata: json!({}),
        }
    }

    /// Asks for another thing as well.
    pub fn and(mut self, pattern: impl Into<String>) -> Self {
        self.patterns.push(pattern.into());
        self
    }

    /// What the reply `always` would allow from then on; `*` stands for anything.
    pub fn always(mut self, pattern: impl Into<String>) -> Self {
        self.always.push(pattern.into());
        self
    }

    /// The request's metadata.
    pub fn metadata(mut self, metadata: impl Into<Value>) -> Self {
        self.metadata = metadata.into();
        self
    }
}

/// A sub-agent: the `task` tool, which runs a script of its own in a child session.
#[derive(Debug, Clone)]
#[must_use]
pub struct Subagent {
    pub(crate) description: String,
    pub(crate) agent: String,
    pub(crate) prompt: String,
    pub(crate) script: Script,
}

impl Subagent {
    /// A sub-agent of the kind `general`. Its result is the last text of `script`.
    pub fn new(description: impl Into<String>, script: Script) -> Self {
        let description = description.into();
        Self { agent: "general".to_owned(), prompt: description.clone(), description, script }
    }

    /// The kind of the sub-agent.
    pub fn agent(mut self, agent: impl Into<String>) -> Self {
        self.agent = agent.into();
        self
    }

    /// What the sub-agent is told. Without it, the description.
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.prompt = prompt.into();
        self
    }
}
