//! Todo lists: one for each session, told by events and by the calls that write them.

use super::change::Recorder;
use super::{ChangeKind, Reply, ReplyPart};
use crate::ids::SessionId;
use crate::model::{Part, PartKind, Todo, ToolPart, ToolStatus};

/// Tools that write or read the todo list.
const TODO_TOOLS: [&str; 2] = ["todowrite", "todoread"];

/// Whether a call is about the todo list.
pub(super) fn is_todo_tool(tool: &ToolPart) -> bool {
    TODO_TOOLS.contains(&tool.tool.as_str())
}

impl Reply {
    pub(super) fn tell_todos(&mut self, session_id: &SessionId, todos: &[Todo], recorder: &mut Recorder<'_>) {
        if self.todos.get(session_id).map(Vec::as_slice) != Some(todos) {
            self.todos.insert(session_id.clone(), todos.to_vec());
            recorder.record(session_id, ChangeKind::Todos(todos.to_vec()));
        }
    }

    /// Takes the list from a call that wrote it: the event that tells it too may have been missed.
    pub(super) fn learn_todos(&mut self, told: &Part, recorder: &mut Recorder<'_>) {
        #[derive(serde::Deserialize)]
        struct Input {
            todos: Vec<Todo>,
        }
        let PartKind::Tool(tool) = &told.kind else { return };
        if tool.tool == "todowrite"
            && tool.state.status == ToolStatus::Completed
            && self.last_todo_call(&told.session_id).is_some_and(|part| part.part.id == told.id)
            && let Some(input) = &tool.state.input
            && let Ok(Input { todos }) = serde_json::from_str(input.as_str())
        {
            self.tell_todos(&told.session_id, &todos, recorder);
        }
    }

    /// The last call that is about a session's todo list: the one that shows it as it is.
    pub(super) fn last_todo_call(&self, session_id: &SessionId) -> Option<&ReplyPart> {
        self.parts
            .iter()
            .filter(|part| part.part.session_id == *session_id && self.is_answer(part))
            .filter(|part| part.tool().is_some_and(is_todo_tool))
            .max_by_key(|part| (&part.part.message_id, &part.part.id))
    }
}
