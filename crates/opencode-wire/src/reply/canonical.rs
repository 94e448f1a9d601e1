//! The reply as plain JSON that a host can store and show: one object for each text, reasoning and tool call.

use serde_json::{Map, Value, json};

use super::todos::is_todo_tool;
use super::{Blocker, Reply, ReplyPart};
use crate::ids::PartId;
use crate::model::{PartKind, Todo, ToolPart};

/// How long a tool's error text may be, in characters.
const MAX_ERROR: usize = 200;

impl Reply {
    /// The answer's parts as canonical JSON, in reading order.
    ///
    /// * text and reasoning: `{"id", "type", "content"}`
    /// * tool call: `{"id", "type": "tool", "tool", "status", "callID", "messageID"}` and, where known, `title`,
    ///   `input`, `metadata`, `output` and `error` (cut to 200 characters); a question that is open also carries
    ///   `request_id`
    /// * a todo list that no tool call wrote: `{"type": "tool", "tool": "todowrite", "status": "completed",
    ///   "input": {"todos"}, "metadata": {"source": "todo.updated"}}`
    #[must_use]
    pub fn canonical_parts(&self) -> Vec<Value> {
        let mut has_todo_tool = false;
        let mut parts: Vec<Value> = self
            .parts()
            .into_iter()
            .filter_map(|part| {
                has_todo_tool |= part.tool().is_some_and(is_todo_tool);
                self.canonical_part(part)
            })
            .collect();
        if !has_todo_tool && !self.todos().is_empty() {
            parts.push(json!({
                "type": "tool",
                "tool": "todowrite",
                "status": "completed",
                "input": { "todos": canonical_todos(self.todos()) },
                "metadata": { "source": "todo.updated" },
            }));
        }
        parts
    }

    /// One part as canonical JSON, in the form of [`canonical_parts`](Self::canonical_parts); of a sub-agent's session
    /// too. `None` where that has no form for it, or when there is nothing to show yet.
    #[must_use]
    pub fn canonical(&self, id: &PartId) -> Option<Value> {
        self.canonical_part(self.part(id)?)
    }

    fn canonical_part(&self, part: &ReplyPart) -> Option<Value> {
        match &part.part.kind {
            PartKind::Text(text) if text.text.is_empty() || text.ignored == Some(true) => None,
            PartKind::Text(text) => Some(json!({"id": part.part.id, "type": "text", "content": text.text})),
            PartKind::Reasoning(text) if text.text.is_empty() => None,
            PartKind::Reasoning(text) => {
                Some(json!({"id": part.part.id, "type": "reasoning", "content": text.text}))
            }
            PartKind::Tool(tool) => Some(self.canonical_tool(part, tool)),
            _ => None,
        }
    }

    fn canonical_tool(&self, part: &ReplyPart, tool: &ToolPart) -> Value {
        let mut object = Map::new();
        object.insert("id".to_owned(), json!(part.part.id));
        object.insert("type".to_owned(), json!("tool"));
        object.insert("tool".to_owned(), json!(tool.tool));
        object.insert("status".to_owned(), json!(tool.state.status));
        let state = &tool.state;
        let optional = [
            ("title", state.title.as_ref().map(|title| json!(title))),
            ("input", self.canonical_input(part, tool)),
            ("metadata", state.metadata.as_ref().map(crate::model::Json::to_value)),
            ("output", state.output.as_ref().map(|output| json!(output))),
            ("error", state.error.as_ref().map(|error| json!(cut(error)))),
        ];
        for (key, value) in optional {
            if let Some(value) = value.filter(|value| !is_blank(value)) {
                object.insert(key.to_owned(), value);
            }
        }
        object.insert("callID".to_owned(), json!(tool.call_id));
        object.insert("messageID".to_owned(), json!(part.part.message_id));
        let asked = self.blockers().find(|blocker| {
            matches!(blocker, Blocker::Question(_)) && blocker.call_id() == Some(&tool.call_id)
        });
        if let Some(blocker) = asked {
            object.insert("request_id".to_owned(), json!(blocker.id().to_string()));
        }
        Value::Object(object)
    }

    /// The input of a call; the last one about the todo list shows the list as it is told now.
    fn canonical_input(&self, part: &ReplyPart, tool: &ToolPart) -> Option<Value> {
        let mut input = tool.state.input.as_ref()?.to_value();
        if is_todo_tool(tool)
            && let Some(object) = input.as_object_mut()
        {
            let todos = self.todos_of(&part.part.session_id);
            let last = self.last_todo_call(&part.part.session_id);
            if !todos.is_empty() && last.is_some_and(|last| last.part.id == part.part.id) {
                object.insert("todos".to_owned(), json!(todos));
            }
            if let Some(todos) = object.get_mut("todos") {
                normalise_todos(todos);
            }
        }
        Some(input)
    }
}

fn canonical_todos(todos: &[Todo]) -> Value {
    let mut value = json!(todos);
    normalise_todos(&mut value);
    value
}

/// Writes statuses with underscores: some servers, and some models, write hyphens.
fn normalise_todos(todos: &mut Value) {
    for todo in todos.as_array_mut().into_iter().flatten() {
        if let Some(Value::String(status)) = todo.get_mut("status") {
            *status = status.replace('-', "_");
        }
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_ERROR {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(MAX_ERROR - 3).collect();
    cut.push_str("...");
    cut
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
