//! What a call of a tool looks like to people: its name, what it works on, and what came of it.
//!
//! A view of a [`ToolPart`], for whoever draws it. It never fails: of what is missing, or of another shape than it
//! should be, nothing is shown.

mod canonical;
mod known;
mod language;
mod patch;
#[cfg(test)]
mod tests;
mod todos;

use std::borrow::Cow;

use opencode_wire::model::{Json, Todo, ToolPart, ToolStatus};
use serde_json::Value;

use self::known::Known;

/// What a call of a tool looks like to people.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::display::ToolDisplay;
/// use opencode_wire::ids::CallId;
/// use opencode_wire::model::{ToolPart, ToolState};
///
/// let state = r#"{ "status": "running", "input": { "filePath": "src/main.rs" } }"#;
/// let state: ToolState = serde_json::from_str(state)?;
/// let call = ToolPart { call_id: CallId::from_wire("call_1"), tool: "read".to_owned(), state, metadata: None };
///
/// let display = ToolDisplay::new(&call);
/// assert_eq!((display.gerund().as_ref(), display.title().as_str()), ("Reading", "Read: src/main.rs"));
/// assert_eq!(display.past_tense_title(), "Read src/main.rs");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ToolDisplay<'a> {
    part: &'a ToolPart,
    known: Option<&'static Known>,
    /// The name that the model has called.
    name: String,
    input: Value,
    metadata: Value,
}

impl<'a> ToolDisplay<'a> {
    /// Looks at a call.
    #[must_use]
    pub fn new(part: &'a ToolPart) -> Self {
        let tree = |json: &Option<Json>| json.as_ref().map(Json::to_value).unwrap_or_default();
        let input = tree(&part.state.input);
        // A tool that does not exist is renamed by the server, which keeps its name in the input.
        let asked = text(&input, "tool").filter(|_| part.tool == "invalid");
        let name = asked.unwrap_or(&part.tool).to_owned();
        let known = known::find(canonical::canonical(&name));
        Self { part, known, name, metadata: tree(&part.state.metadata), input }
    }

    /// The tool, as the model has called it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tool without the name of the server that provides it.
    #[must_use]
    pub fn canonical_name(&self) -> &str {
        canonical::canonical(&self.name)
    }

    /// Who provides the tool: `opencode-builtin`, a known provider such as `exa`, or `unknown`.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        canonical::provider(&self.name)
    }

    /// Whether there are words for the tool here. The others are shown by their names.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known.is_some()
    }

    /// What the tool is: `Read`, `Web search`.
    #[must_use]
    pub fn kind(&self) -> Cow<'static, str> {
        self.known
            .map_or_else(|| Cow::Owned(humanised(self.canonical_name())), |known| Cow::Borrowed(known.kind))
    }

    /// What it is doing: `Reading`.
    #[must_use]
    pub fn gerund(&self) -> Cow<'static, str> {
        self.known
            .map_or_else(|| Cow::Owned(format!("{}...", self.kind())), |known| Cow::Borrowed(known.gerund))
    }

    /// An icon, by its name in [Heroicons](https://heroicons.com).
    #[must_use]
    pub fn icon(&self) -> &'static str {
        self.known.map_or(known::DEFAULT_ICON, |known| known.icon)
    }

    /// How far the call has come.
    #[must_use]
    pub fn status(&self) -> &'a ToolStatus {
        &self.part.state.status
    }

    /// Whether the call has not ended.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        !self.status().is_terminal()
    }

    /// What it works on: a path, a command, a pattern, an address, a question.
    #[must_use]
    pub fn target(&self) -> Option<String> {
        let fields = self.known?.target.iter();
        let named = fields.filter_map(|field| text(&self.input, field)).next().map(str::to_owned);
        named.or_else(|| match self.canonical_name() {
            "apply_patch" | "patch" => text(&self.input, "patchText").and_then(patch::target),
            "question" => self.question().map(str::to_owned),
            _ => None,
        })
    }

    /// What is done to what: `Read: src/main.rs`. Of a tool that is not known, what the server calls it.
    #[must_use]
    pub fn title(&self) -> String {
        match (self.known, self.target()) {
            (Some(known), Some(target)) => format!("{}: {target}", known.kind),
            (Some(known), None) => known.kind.to_owned(),
            (None, _) => self.servers_title(),
        }
    }

    /// What was done to what: `Edited src/main.rs`.
    #[must_use]
    pub fn past_tense_title(&self) -> String {
        match (self.known, self.target()) {
            (Some(known), Some(target)) => format!("{} {target}", known.past),
            (Some(known), None) => known.past.to_owned(),
            (None, _) => self.servers_title(),
        }
    }

    fn servers_title(&self) -> String {
        let title = self.part.state.title.as_deref().filter(|title| !title.trim().is_empty());
        title.map_or_else(|| self.kind().into_owned(), str::to_owned)
    }

    /// What the tool returned to the model.
    #[must_use]
    pub fn output(&self) -> Option<&'a str> {
        self.part.state.output.as_deref()
    }

    /// Why it failed.
    #[must_use]
    pub fn error(&self) -> Option<&'a str> {
        self.part.state.error.as_deref()
    }

    /// What was changed, as a unified diff.
    #[must_use]
    pub fn diff(&self) -> Option<&str> {
        text(&self.metadata, "diff")
    }

    /// The todo list that the call has written: what is being done first, then what is to be done, what is done, and
    /// the rest.
    #[must_use]
    pub fn todos(&self) -> Vec<Todo> {
        if matches!(self.canonical_name(), "todowrite" | "todoread") {
            todos::ordered(&self.input)
        } else {
            Vec::new()
        }
    }

    /// The first thing that was asked of a person.
    #[must_use]
    pub fn question(&self) -> Option<&str> {
        let questions = self.input.get("questions").filter(|_| self.canonical_name() == "question")?;
        text(questions.get(0)?, "question")
    }

    /// What was written to a file, by a tool that writes whole files.
    #[must_use]
    pub fn file_content(&self) -> Option<&str> {
        text(&self.input, "content").filter(|_| self.canonical_name() == "write")
    }

    /// The language of the file that the call works on, by its extension.
    #[must_use]
    pub fn file_language(&self) -> Option<String> {
        let path = ["filePath", "path"].into_iter().find_map(|field| text(&self.input, field))?;
        language::of_path(path)
    }

    /// The command of a shell call.
    #[must_use]
    pub fn command(&self) -> Option<&str> {
        self.of_bash(text(&self.input, "command"))
    }

    /// What a shell call is for, in the model's words.
    #[must_use]
    pub fn command_description(&self) -> Option<&str> {
        self.of_bash(text(&self.input, "description"))
    }

    /// What a command has printed so far.
    #[must_use]
    pub fn command_output(&self) -> Option<&str> {
        let printed = ["output", "stdout"].into_iter().find_map(|field| text(&self.metadata, field));
        self.of_bash(printed.or_else(|| self.output()))
    }

    fn of_bash<'b>(&self, text: Option<&'b str>) -> Option<&'b str> {
        text.filter(|_| self.canonical_name() == "bash")
    }

    /// The beginning of a file that was read.
    #[must_use]
    pub fn read_preview(&self) -> Option<&str> {
        text(&self.metadata, "preview").filter(|_| self.canonical_name() == "read")
    }

    /// How much a search has found.
    #[must_use]
    pub fn match_count(&self) -> Option<u64> {
        let field = match self.canonical_name() {
            "grep" => "matches",
            "glob" => "count",
            _ => return None,
        };
        let count = self.metadata.get(field)?;
        count.as_u64().or_else(|| count.as_str()?.trim().parse().ok())
    }
}

/// A field that holds text which is not blank.
fn text<'a>(object: &'a Value, field: &str) -> Option<&'a str> {
    object.get(field)?.as_str().filter(|text| !text.trim().is_empty())
}

/// A name in words: `create_issue` is `Create issue`.
fn humanised(name: &str) -> String {
    let words = name.split(['_', '-', ' ']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.map_or_else(|| "Tool".to_owned(), |first| first.chain(letters).collect())
}
