//! From the bytes of a frame to an event.

use serde::de::DeserializeSeed as _;

use super::envelope::EnvelopeSeed;
use super::{Event, EventKind, UnknownEvent, problem, scan, shape};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::SessionId;
use crate::model::Json;
use crate::surrogate;

impl Event {
    /// Reads the `data` of a frame.
    ///
    /// An event of an unknown type becomes [`EventKind::Unknown`], and so does one of a
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
    if let Some(event) = shape::read(text) {
        return Ok(event);
    }
    let mut event = Event::new(EventKind::ServerHeartbeat);
    match read(text, EnvelopeSeed::new(&mut event)) {
        Ok(true) => Ok(event),
        Ok(false) => Ok(into_unknown(event, text, read_raw(text)?, None)),
        Err(error) => rescue(text, &error),
    }
}

fn read(text: &str, seed: EnvelopeSeed<'_>) -> serde_json::Result<bool> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let is_known = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(is_known)
}

/// Makes what can be made of a text that is no event of a known shape.
#[cold]
fn rescue(text: &str, error: &serde_json::Error) -> Result<Event> {
    // Ends after one round: no lone surrogate is left then.
    if let Some(repaired) = surrogate::replace_lone(text) {
        return decode_text(&repaired);
    }
    let raw = read_raw(text)?;
    let mut event = Event::new(EventKind::ServerHeartbeat);
    // Where even the wrapping is of another shape, what of it could be read is better than nothing.
    let _is_known = read(text, EnvelopeSeed::without_content(&mut event));
    Ok(into_unknown(event, text, raw, Some(problem::describe(text, error))))
}

fn read_raw(text: &str) -> Result<Json> {
    serde_json::from_str(text)
        .map_err(|source| Error::new(ErrorKind::Decode, "an event is not JSON").with_source(source))
}

fn into_unknown(event: Event, text: &str, raw: Json, problem: Option<Box<str>>) -> Event {
    let peek = scan(text.as_bytes()).unwrap_or_default();
    let unknown = UnknownEvent {
        type_name: peek.type_name.into(),
        session_id: peek.session_id.as_deref().map(SessionId::from_wire),
        raw,
        problem,
    };
    Event { kind: unknown.into(), ..event }
}
