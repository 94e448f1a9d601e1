//! The entries of a todo list in the order in which they are shown.

use opencode_wire::model::Todo;
use serde_json::Value;

/// The entries of an input: what is being done first, then what is to be done, what is done, and the rest. Entries of
/// one state stay in the order in which they were given. What is no entry is left out.
pub(super) fn ordered(input: &Value) -> Vec<Todo> {
    let Some(entries) = input.get("todos").and_then(Value::as_array) else { return Vec::new() };
    let mut todos: Vec<Todo> =
        entries.iter().filter_map(|entry| serde_json::from_value(entry.clone()).ok()).collect();
    for todo in &mut todos {
        todo.status = todo.status.trim().to_lowercase().replace(['-', ' '], "_");
    }
    todos.sort_by_key(|todo| match todo.status.as_str() {
        "in_progress" => 0,
        "pending" => 1,
        "completed" => 2,
        _ => 3,
    });
    todos
}
