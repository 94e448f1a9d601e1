//! A turn on a stage, and what is told of it.

mod activity;
mod calls;
mod held_back;
mod texts;

use opencode_wire::event::Event;
use opencode_wire::reply::{Change, ChangeKind, Reply};
use serde_json::{Value, json};

use super::EventMapper;
use crate::agent::transform::{TextTransform, Transforms};
use crate::agent::{AgentEvent, AgentEventKind, AgentStatus, CallStatus, Origin, RequestKind, ToolKind};

pub(super) const ROOT: &str = "ses_1";
pub(super) const CHILD: &str = "ses_2";

/// A turn that is told of, and what became of it.
pub(super) struct Stage {
    reply: Reply,
    mapper: EventMapper,
    events: Vec<AgentEvent>,
}

impl Stage {
    /// A turn whose prompt, `msg_1`, is stored, and whose first step, `msg_2`, has begun.
    pub(super) fn begun(transforms: Transforms) -> Self {
        let mut stage = Self {
            reply: Reply::new(ROOT.parse().unwrap(), "msg_1".parse().unwrap()),
            mapper: EventMapper::new(transforms),
            events: Vec::new(),
        };
        stage.message(ROOT, "msg_1", "user", &json!({}));
        stage.answer(ROOT, "msg_2");
        stage.events.clear();
        stage
    }

    pub(super) fn plain() -> Self {
        Self::begun(Transforms::new())
    }

    pub(super) fn apply(&mut self, kind: &str, properties: &Value) -> Vec<Change> {
        let frame = json!({"type": kind, "properties": properties}).to_string();
        self.reply.apply(&Event::decode(frame.as_bytes()).unwrap()).into_iter().collect()
    }

    pub(super) fn map(&mut self, changes: &[Change]) {
        for change in changes {
            self.events.extend(self.mapper.map(change, &self.reply));
        }
    }

    pub(super) fn tell(&mut self, kind: &str, properties: &Value) {
        let changes = self.apply(kind, properties);
        self.map(&changes);
    }

    pub(super) fn message(&mut self, session: &str, id: &str, role: &str, more: &Value) {
        let mut info = json!({"id": id, "sessionID": session, "role": role, "time": {"created": 1}});
        for (key, value) in more.as_object().unwrap() {
            info[key] = value.clone();
        }
        self.tell("message.updated", &json!({"sessionID": session, "info": info}));
    }

    pub(super) fn answer(&mut self, session: &str, id: &str) {
        self.message(session, id, "assistant", &json!({"parentID": "msg_1"}));
    }

    pub(super) fn part(&mut self, session: &str, message: &str, part: Value) {
        let properties = placed(session, message, part);
        self.tell("message.part.updated", &properties);
    }

    pub(super) fn delta(&mut self, session: &str, message: &str, part: &str, delta: &str) {
        self.tell("message.part.delta", &grown(session, message, part, delta));
    }

    pub(super) fn tool(&mut self, id: &str, tool: &str, state: &Value) {
        let call = format!("call_{id}");
        self.part(
            ROOT,
            "msg_2",
            json!({"id": id, "type": "tool", "tool": tool, "callID": call, "state": state}),
        );
    }

    pub(super) fn finish(&mut self) {
        self.events.extend(self.mapper.finish(&self.reply));
    }

    /// What was told since this was asked last.
    pub(super) fn told(&mut self) -> Vec<AgentEventKind> {
        self.events.drain(..).map(|event| event.kind).collect()
    }

    /// What one origin's texts say, as somebody sees them who knows nothing but the events.
    pub(super) fn text_of(&self, origin: &Origin) -> String {
        let mut texts: Vec<(String, String)> = Vec::new();
        for event in self.events.iter().filter(|event| event.origin == *origin) {
            match &event.kind {
                AgentEventKind::Text { part, delta } => {
                    match texts.iter_mut().find(|(known, _)| known == part) {
                        Some((_, text)) => text.push_str(delta),
                        None => texts.push((part.clone(), delta.clone())),
                    }
                }
                AgentEventKind::TextReplaced { part, text } => {
                    let known = texts.iter_mut().find(|(known, _)| known == part);
                    known.expect("only what was told is replaced").1.clone_from(text);
                }
                AgentEventKind::PartRemoved { part } => texts.retain(|(known, _)| known != part),
                _ => {}
            }
        }
        texts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n\n")
    }

    pub(super) fn text(&self) -> String {
        self.text_of(&Origin::Prompted)
    }
}

pub(super) fn placed(session: &str, message: &str, mut part: Value) -> Value {
    part["sessionID"] = json!(session);
    part["messageID"] = json!(message);
    json!({"sessionID": session, "part": part})
}

pub(super) fn grown(session: &str, message: &str, part: &str, delta: &str) -> Value {
    json!({"sessionID": session, "messageID": message, "partID": part, "field": "text", "delta": delta})
}

pub(super) fn text(id: &str, text: &str, is_final: bool) -> Value {
    let time = if is_final { json!({"start": 1, "end": 2}) } else { json!({"start": 1}) };
    json!({"id": id, "type": "text", "text": text, "time": time})
}

pub(super) fn step(id: &str, cost: &Value, input: &Value) -> Value {
    json!({"id": id, "type": "step-finish", "reason": "stop", "cost": cost,
        "tokens": {"input": input, "output": 2, "reasoning": 0, "cache": {"read": 0, "write": 0}}})
}

pub(super) fn said(part: &str, delta: &str) -> AgentEventKind {
    AgentEventKind::Text { part: part.to_owned(), delta: delta.to_owned() }
}

/// Holds everything back until the text ends, then says it in capitals.
#[derive(Default)]
pub(super) struct Shout(String);

impl TextTransform for Shout {
    fn push(&mut self, delta: &str, _out: &mut String) {
        self.0.push_str(&delta.to_uppercase());
    }

    fn flush(&mut self, out: &mut String) {
        out.push_str(&std::mem::take(&mut self.0));
    }
}

pub(super) fn shouted() -> Transforms {
    Transforms::new().with_text(|| Box::<Shout>::default())
}
