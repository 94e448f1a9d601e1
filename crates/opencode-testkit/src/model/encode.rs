//! The provider's shapes: chunks of a stream, and whole answers.

use serde_json::{Value, json};

/// A part of an answer, before it has a shape.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(String),
    Reasoning(String),
    ToolStart { index: usize, id: String, name: String },
    ToolArgs { index: usize, text: String },
}

/// What every chunk of one answer carries.
pub(super) struct Encoder {
    id: String,
    created: u64,
    model: String,
}

impl Encoder {
    pub(super) fn new(number: usize, model: &str) -> Self {
        let created = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        Self { id: format!("chatcmpl-{number}"), created, model: model.to_owned() }
    }

    /// The first chunk, which announces the speaker.
    pub(super) fn start(&self) -> String {
        self.chunk(&json!({ "role": "assistant", "content": "" }), &Value::Null)
    }

    pub(super) fn piece(&self, piece: &Piece) -> String {
        let delta = match piece {
            Piece::Text(text) => json!({ "content": text }),
            Piece::Reasoning(text) => json!({ "reasoning_content": text }),
            Piece::ToolStart { index, id, name } => json!({ "tool_calls": [{
                "index": index,
                "id": id,
                "type": "function",
                "function": { "name": name, "arguments": "" },
            }] }),
            Piece::ToolArgs { index, text } => json!({ "tool_calls": [{
                "index": index,
                "function": { "arguments": text },
            }] }),
        };
        self.chunk(&delta, &Value::Null)
    }

    /// The reason, the token counts and the end mark.
    pub(super) fn end(&self, reason: &str, usage: &Value) -> String {
        let counts = event(&json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": [],
            "usage": usage,
        }));
        let reason = self.chunk(&json!({}), &json!(reason));
        format!("{reason}{counts}data: [DONE]\n\n")
    }

    /// The answer to a call that did not ask for a stream.
    pub(super) fn whole(&self, pieces: &[Piece], reason: &str, usage: &Value) -> Value {
        let mut message = json!({ "role": "assistant", "content": "" });
        let mut calls: Vec<Value> = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => append(&mut message["content"], text),
                Piece::Reasoning(text) => append(&mut message["reasoning_content"], text),
                Piece::ToolStart { id, name, .. } => calls.push(json!({
                    "id": id,
                    "type": "function",
                    "function": { "name": name, "arguments": "" },
                })),
                Piece::ToolArgs { index, text } => {
                    if let Some(call) = calls.get_mut(*index) {
                        append(&mut call["function"]["arguments"], text);
                    }
                }
            }
        }
        if !calls.is_empty() {
            message["tool_calls"] = Value::Array(calls);
        }
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [{ "index": 0, "finish_reason": reason, "message": message }],
            "usage": usage,
        })
    }

    fn chunk(&self, delta: &Value, reason: &Value) -> String {
        event(&json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": [{ "index": 0, "delta": delta, "finish_reason": reason }],
        }))
    }
}

/// One JSON value as an event of a stream.
pub(super) fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}

fn append(target: &mut Value, text: &str) {
    let joined = format!("{}{text}", target.as_str().unwrap_or_default());
    *target = Value::String(joined);
}
