//! Events written by hand, and changes in short notation.

use opencode_wire::event::Event;
use opencode_wire::model::{SessionStatus, StoredMessage};
use opencode_wire::reply::{BlockerAnswer, Change, ChangeKind, Changes, Exchange, Reply};
use serde_json::{Value, json};

/// The prompt that the replies of tests answer.
pub(crate) const PROMPT: &str = "msg_1";

/// The session of a test; a server that talks about it.
#[derive(Clone, Copy)]
pub(crate) struct Told(pub(crate) &'static str);

/// The session of most tests.
pub(crate) const ROOT: Told = Told("ses_1");

pub(crate) fn event(kind: &str, properties: &Value) -> Event {
    let frame = json!({"type": kind, "properties": properties}).to_string();
    Event::decode(frame.as_bytes()).expect("an event")
}

/// The same event with an id.
pub(crate) fn with_id(id: &str, mut event: Event) -> Event {
    event.id = Some(id.parse().unwrap());
    event
}

pub(crate) fn reply() -> Reply {
    Reply::new(ROOT.0.parse().unwrap(), PROMPT.parse().unwrap())
}

/// A reply whose prompt is stored, and whose first step, `msg_2`, has begun.
pub(crate) fn begun() -> Reply {
    let mut reply = reply();
    reply.apply(&ROOT.user(PROMPT));
    reply.apply(&ROOT.assistant("msg_2", PROMPT));
    reply
}

pub(crate) fn info(session: &str, id: &str, role: &str, parent: Option<&str>, rest: &Value) -> Value {
    let mut info = json!({"id": id, "sessionID": session, "role": role, "time": {"created": 1}});
    if let Some(parent) = parent {
        info["parentID"] = json!(parent);
    }
    merge(&mut info, rest);
    info
}

/// An assistant message that the server has finished.
pub(crate) fn done_info(session: &str, id: &str, parent: &str, finish: &str) -> Value {
    info(
        session,
        id,
        "assistant",
        Some(parent),
        &json!({"finish": finish, "time": {"created": 1, "completed": 2}}),
    )
}

pub(crate) fn text_part(id: &str, text: &str, is_final: bool) -> Value {
    let time = if is_final { json!({"start": 1, "end": 2}) } else { json!({"start": 1}) };
    json!({"id": id, "type": "text", "text": text, "time": time})
}

pub(crate) fn tool_part(id: &str, tool: &str, status: &str, rest: &Value) -> Value {
    let mut state = json!({"status": status, "input": {}});
    merge(&mut state, rest);
    json!({"id": id, "type": "tool", "tool": tool, "callID": format!("call_{id}"), "state": state})
}

pub(crate) fn step_part(id: &str, cost: f64, input: u64, output: u64) -> Value {
    let tokens = json!({"input": input, "output": output, "reasoning": 0, "cache": {"read": 0, "write": 0}});
    json!({"id": id, "type": "step-finish", "reason": "stop", "cost": cost, "tokens": tokens})
}

/// Writes the fields of one object over those of another.
fn merge(target: &mut Value, more: &Value) {
    for (key, value) in more.as_object().into_iter().flatten() {
        target[key] = value.clone();
    }
}

impl Told {
    pub(crate) fn message(self, info: &Value) -> Event {
        event("message.updated", &json!({"sessionID": self.0, "info": info}))
    }

    pub(crate) fn user(self, id: &str) -> Event {
        self.message(&info(self.0, id, "user", None, &json!({})))
    }

    pub(crate) fn assistant(self, id: &str, parent: &str) -> Event {
        self.message(&info(self.0, id, "assistant", Some(parent), &json!({})))
    }

    pub(crate) fn done(self, id: &str, parent: &str, finish: &str) -> Event {
        self.message(&done_info(self.0, id, parent, finish))
    }

    pub(crate) fn part(self, message: &str, part: &Value) -> Event {
        let part = self.placed(message, part);
        event("message.part.updated", &json!({"sessionID": self.0, "part": part}))
    }

    fn placed(self, message: &str, part: &Value) -> Value {
        let mut placed = json!({"sessionID": self.0, "messageID": message});
        merge(&mut placed, part);
        placed
    }

    pub(crate) fn text(self, message: &str, id: &str, text: &str, is_final: bool) -> Event {
        self.part(message, &text_part(id, text, is_final))
    }

    pub(crate) fn reasoning(self, message: &str, id: &str, text: &str, is_final: bool) -> Event {
        let mut part = text_part(id, text, is_final);
        part["type"] = json!("reasoning");
        self.part(message, &part)
    }

    pub(crate) fn delta(self, message: &str, id: &str, delta: &str) -> Event {
        self.delta_of(message, id, "text", delta)
    }

    pub(crate) fn delta_of(self, message: &str, id: &str, field: &str, delta: &str) -> Event {
        let properties =
            json!({"sessionID": self.0, "messageID": message, "partID": id, "field": field, "delta": delta});
        event("message.part.delta", &properties)
    }

    pub(crate) fn tool(self, message: &str, id: &str, tool: &str, status: &str, rest: &Value) -> Event {
        self.part(message, &tool_part(id, tool, status, rest))
    }

    pub(crate) fn status(self, status: &Value) -> Event {
        event("session.status", &json!({"sessionID": self.0, "status": status}))
    }

    pub(crate) fn busy(self) -> Event {
        self.status(&json!({"type": "busy"}))
    }

    pub(crate) fn idle_status(self) -> Event {
        self.status(&json!({"type": "idle"}))
    }

    pub(crate) fn idle(self) -> Event {
        event("session.idle", &json!({"sessionID": self.0}))
    }

    pub(crate) fn error(self, name: &str, message: &str) -> Event {
        let error = json!({"name": name, "data": {"message": message}});
        event("session.error", &json!({"sessionID": self.0, "error": error}))
    }

    pub(crate) fn todos(self, todos: &Value) -> Event {
        event("todo.updated", &json!({"sessionID": self.0, "todos": todos}))
    }

    pub(crate) fn question(self, id: &str, message: &str, call: &str) -> Event {
        event("question.asked", &self.question_request(id, message, call))
    }

    pub(crate) fn question_request(self, id: &str, message: &str, call: &str) -> Value {
        json!({"id": id, "sessionID": self.0, "tool": {"messageID": message, "callID": call},
            "questions": [{"question": "Which?", "header": "Pick", "options": [{"label": "a", "description": ""}]}]})
    }

    pub(crate) fn question_replied(self, id: &str, answer: &str) -> Event {
        event("question.replied", &json!({"sessionID": self.0, "requestID": id, "answers": [[answer]]}))
    }

    pub(crate) fn question_rejected(self, id: &str) -> Event {
        event("question.rejected", &json!({"sessionID": self.0, "requestID": id}))
    }

    pub(crate) fn permission(self, id: &str) -> Event {
        event("permission.asked", &self.permission_request(id))
    }

    pub(crate) fn permission_request(self, id: &str) -> Value {
        json!({"id": id, "sessionID": self.0, "permission": "bash", "patterns": ["ls"], "always": ["ls *"]})
    }

    pub(crate) fn permission_replied(self, id: &str, reply: &str) -> Event {
        event("permission.replied", &json!({"sessionID": self.0, "requestID": id, "reply": reply}))
    }

    pub(crate) fn child_created(self, child: &str) -> Event {
        let info = json!({"id": child, "parentID": self.0, "title": "a child", "time": {"created": 1, "updated": 1}});
        event("session.created", &json!({"sessionID": child, "info": info}))
    }

    pub(crate) fn deleted(self) -> Event {
        let info = json!({"id": self.0, "title": "t", "time": {"created": 1, "updated": 1}});
        event("session.deleted", &json!({"sessionID": self.0, "info": info}))
    }

    /// A message as the server stores it.
    pub(crate) fn stored(self, info: &Value, parts: &[Value]) -> StoredMessage {
        let id = info["id"].as_str().unwrap();
        let parts: Vec<_> = parts.iter().map(|part| self.placed(id, part)).collect();
        serde_json::from_value(json!({"info": info, "parts": parts})).unwrap()
    }

    pub(crate) fn exchange(self, messages: Vec<StoredMessage>) -> Exchange {
        Exchange { session_id: self.0.parse().unwrap(), messages }
    }
}

/// Applies events and writes down what they changed.
pub(crate) fn told(reply: &mut Reply, events: &[Event]) -> Vec<String> {
    let changes: Vec<_> = events.iter().flat_map(|event| reply.apply(event)).collect();
    short(changes)
}

pub(crate) fn short(changes: impl IntoIterator<Item = Change>) -> Vec<String> {
    changes.into_iter().map(|change| notation(&change)).collect()
}

pub(crate) fn short_of(changes: Changes) -> Vec<String> {
    short(changes)
}

/// A change in a few characters: `+` is text that grew, `~` reasoning.
pub(crate) fn notation(change: &Change) -> String {
    match &change.kind {
        ChangeKind::Accepted => "accepted".to_owned(),
        ChangeKind::StepStarted { message_id } => format!("step {message_id}"),
        ChangeKind::StepFinished { message_id, reason, usage } => {
            format!("step {message_id} ends: {reason} {}/{}", usage.input, usage.output)
        }
        ChangeKind::Text { part_id, delta } => format!("{part_id} + {delta:?}"),
        ChangeKind::Reasoning { part_id, delta } => format!("{part_id} ~ {delta:?}"),
        ChangeKind::PartReplaced { part_id } => format!("{part_id} replaced"),
        ChangeKind::PartFinished { part_id } => format!("{part_id} whole"),
        ChangeKind::PartAbandoned { part_id } => format!("{part_id} abandoned"),
        ChangeKind::PartRemoved { part_id } => format!("{part_id} removed"),
        ChangeKind::Tool { part_id, tool, status } => format!("{part_id} {tool} {status}"),
        ChangeKind::Part { part_id } => format!("{part_id} told"),
        ChangeKind::Todos(todos) => format!("{} todos", todos.len()),
        ChangeKind::Status(status) => status_word(status),
        ChangeKind::Retrying(retry) => format!("retrying {}", retry.attempt),
        ChangeKind::ChildStarted { parent_id } => format!("started by {parent_id}"),
        ChangeKind::Blocked(blocker) => format!("asked {}", blocker.id()),
        ChangeKind::Unblocked { id, answer } => match answer {
            Some(BlockerAnswer::Permission(reply)) => format!("answered {id} {reply}"),
            Some(BlockerAnswer::Question(answers)) => format!("answered {id} {answers:?}"),
            Some(BlockerAnswer::Rejected) => format!("answered {id} rejected"),
            None => format!("closed {id}"),
            Some(other) => format!("answered {id} {other:?}"),
        },
        ChangeKind::Failed(error) => format!("failed: {}: {}", error.name, first_line(&error.data.message)),
        ChangeKind::Compacted => "compacted".to_owned(),
        ChangeKind::Gap => "gap".to_owned(),
        ChangeKind::SessionDeleted => "deleted".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A message without the stack trace that the server appends to some.
pub(crate) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn status_word(status: &SessionStatus) -> String {
    match status {
        SessionStatus::Idle => "idle".to_owned(),
        SessionStatus::Busy => "busy".to_owned(),
        SessionStatus::Retry(retry) => format!("retry {} of another turn", retry.attempt),
        other => format!("{other:?}"),
    }
}
