//! What is stored of one part, and what has to be written next.

use opencode_wire::model::{Json, PartKind};
use opencode_wire::reply::{Reply, ReplyPart};
use serde_json::{Value, json};

use super::{Growing, PartBody};

/// What is stored of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// The part as it was.
    Whole,
    /// A text that only grows: its length.
    Text { bytes: usize },
    /// What a tool has printed so far, which comes anew with each change: its length and digest, and the digest of the
    /// rest of the part.
    Output { bytes: usize, text: blake3::Hash, rest: blake3::Hash },
}

/// What has to be done about a part.
#[derive(Debug)]
pub(super) enum Next {
    /// It is written, and this is what is stored of it then.
    Write(PartBody, Written),
    /// What is stored is what it says.
    Nothing,
    /// It says nothing, so nothing of it is to be stored.
    Remove,
}

impl Written {
    /// What has to be done about a part, given what is stored of it.
    pub(super) fn next(reply: &Reply, part: &ReplyPart, before: Option<&Self>) -> Next {
        Self::of(reply, part, before).unwrap_or(Next::Remove)
    }

    fn of(reply: &Reply, part: &ReplyPart, before: Option<&Self>) -> Option<Next> {
        match &part.part.kind {
            PartKind::Text(_) | PartKind::Reasoning(_) if part.is_growing() => next_of_text(part, before),
            PartKind::Tool(tool) if !tool.state.status.is_terminal() => {
                let value = reply.canonical(&part.part.id)?;
                next_of_tool(value, before)
            }
            PartKind::Text(_) | PartKind::Reasoning(_) | PartKind::Tool(_) => {
                whole(&reply.canonical(&part.part.id)?)
            }
            // Steps are counted as usage.
            PartKind::StepStart(_) | PartKind::StepFinish(_) => None,
            _ => whole(&part.part),
        }
    }
}

fn whole(value: &impl serde::Serialize) -> Option<Next> {
    let body = Json::from_value(value).ok()?;
    Some(Next::Write(PartBody::Whole { body, growing: None }, Written::Whole))
}

/// Text comes in deltas, so what is stored is still its beginning; a text that was replaced is not known here.
fn next_of_text(part: &ReplyPart, before: Option<&Written>) -> Option<Next> {
    let text = &part.text()?.text;
    if text.is_empty() {
        return None;
    }
    let written = Written::Text { bytes: text.len() };
    if let Some(Written::Text { bytes }) = before
        && let Some(new) = text.get(*bytes..)
    {
        return Some(grown(*bytes, new, written));
    }
    let kind = if matches!(part.part.kind, PartKind::Text(_)) { "text" } else { "reasoning" };
    let body = Json::from_value(&json!({"id": part.part.id, "type": kind})).ok()?;
    let growing = Some(Growing::new("content", text.clone()));
    Some(Next::Write(PartBody::Whole { body, growing }, written))
}

fn grown(at: usize, new: &str, written: Written) -> Next {
    if new.is_empty() {
        return Next::Nothing;
    }
    Next::Write(PartBody::Grown { at: at as u64, text: new.to_owned() }, written)
}

/// Where a running tool says what it has printed.
const OUTPUT: &str = "metadata/output";

fn next_of_tool(mut value: Value, before: Option<&Written>) -> Option<Next> {
    let output = value.get_mut("metadata").and_then(|metadata| metadata.as_object_mut()?.remove("output"));
    let text = match output {
        Some(Value::String(text)) => text,
        Some(other) => {
            // It is not text, so it does not grow.
            if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.insert("output".to_owned(), other);
            }
            return whole(&value);
        }
        None => return whole(&value),
    };
    let body = Json::from_value(&value).ok()?;
    let rest = blake3::hash(body.as_str().as_bytes());
    let written = Written::Output { bytes: text.len(), text: blake3::hash(text.as_bytes()), rest };
    if let Some(Written::Output { bytes, text: begin, rest: same }) = before
        && *same == rest
        && let Some(beginning) = text.get(..*bytes)
        && blake3::hash(beginning.as_bytes()) == *begin
    {
        let new = &text[*bytes..];
        return Some(grown(*bytes, new, written));
    }
    Some(Next::Write(PartBody::Whole { body, growing: Some(Growing::new(OUTPUT, text)) }, written))
}
