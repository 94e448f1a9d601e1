//! A tool call in one line.

use opencode_host::wire::model::{Json, ToolPart, ToolStatus};

use crate::style::{Style, first_line};

/// How much of a call's subject, and of its output, fits a line.
const MAX_SUBJECT: usize = 80;

/// The call in one line: how far it has come, what it is, and what it is about.
pub(crate) fn line(call: &ToolPart) -> String {
    let mark = match call.state.status {
        ToolStatus::Completed => "✓",
        ToolStatus::Error => "✗",
        _ => "…",
    };
    let mut line = format!("{mark} {}", first_line(&call.tool, MAX_SUBJECT));
    let subject = subject(call);
    if !subject.is_empty() {
        line.push(' ');
        line.push_str(&first_line(&subject, MAX_SUBJECT));
    }
    if let Some(more) = remark(call) {
        line.push_str(": ");
        line.push_str(&first_line(&more, MAX_SUBJECT));
    }
    line
}

/// How the line of a call that has ended is shown.
pub(crate) fn style(call: &ToolPart) -> Style {
    if call.state.status == ToolStatus::Error { Style::Red } else { Style::Green }
}

/// What a call is about: the argument that a person would ask for first.
fn subject(call: &ToolPart) -> String {
    const NAMES: [&str; 7] = ["command", "filePath", "description", "pattern", "url", "query", "path"];
    let input = call.state.input.as_ref().map(Json::to_value).unwrap_or_default();
    let named = NAMES.iter().find_map(|name| input.get(name)?.as_str());
    named.map(str::to_owned).or_else(|| call.state.title.clone()).unwrap_or_default()
}

/// What else is worth saying: why it failed, or the last line of its output so far.
fn remark(call: &ToolPart) -> Option<String> {
    match call.state.status {
        ToolStatus::Error => call.state.error.clone(),
        ToolStatus::Completed => None,
        _ => {
            let metadata = call.state.metadata.as_ref()?.to_value();
            let output = metadata.get("output")?.as_str()?;
            output.trim_end().lines().next_back().map(str::to_owned)
        }
    }
}
