//! From the bytes of a frame to an event.

use serde::de::DeserializeSeed as _;

use super::envelope::{Envelope, EnvelopeSeed};
use super::{Event, UnknownEvent, problem, scan, surrogate};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::model::Json;

impl Event {
    /// Reads the `data` of a frame.
    ///
    /// An event of an unknown type becomes [`EventKind::Unknown`](super::EventKind::Unknown), and so does one of a
    /// known type and another shape. Text that is none is repaired: bytes that are not UTF-8, and halves of
    /// characters that a server has cut in two, become U+FFFD.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] when the bytes are not JSON at all.
    pub fn decode(frame_data: &[u8]) -> Result<Self> {
        match simdutf8::basic::from_utf8(frame_data) {
            Ok(text) => decode_text(text),
            Err(_) => decode_text(&String::from_utf8_lossy(frame_data)),
        }
    }
}

fn decode_text(text: &str) -> Result<Event> {
    match read(text, EnvelopeSeed::WITH_CONTENT) {
        Ok(Envelope { id, kind: Some(kind), location, durable }) => Ok(Event { id, kind, location, durable }),
        Ok(envelope) => Ok(unknown(text, envelope, read_raw(text)?, None)),
        Err(error) => rescue(text, &error),
    }
}

fn read(text: &str, seed: EnvelopeSeed) -> serde_json::Result<Envelope> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let envelope = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(envelope)
}

/// Makes what can be made of a text that is no event.
#[cold]
fn rescue(text: &str, error: &serde_json::Error) -> Result<Event> {
    // Ends after one round: no lone surrogate is left then.
    if let Some(repaired) = surrogate::replace_lone(text) {
        return decode_text(&repaired);
    }
    let raw = read_raw(text)?;
    let envelope = read(text, EnvelopeSeed::WITHOUT_CONTENT).unwrap_or_default();
    Ok(unknown(text, envelope, raw, Some(problem::describe(text, error))))
}

fn read_raw(text: &str) -> Result<Json> {
    serde_json::from_str(text)
        .map_err(|source| Error::new(ErrorKind::Decode, "an event is not JSON").with_source(source))
}

fn unknown(text: &str, envelope: Envelope, raw: Json, problem: Option<Box<str>>) -> Event {
    let peek = scan(text.as_bytes()).unwrap_or_default();
    let kind = UnknownEvent {
        type_name: peek.type_name.into(),
        session_id: peek.session_id.as_deref().map(SessionId::from_wire),
        raw,
        problem,
    };
    Event { id: envelope.id, kind: kind.into(), location: envelope.location, durable: envelope.durable }
}
