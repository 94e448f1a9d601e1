//! What an event is about, read from its bytes without decoding it.
//!
//! A server's global stream carries the events of all sessions of all directories. Whoever listens to one of them
//! would decode a thousand events to use one; the scan costs a fraction of that, because it stops as soon as it
//! knows. It walks the JSON instead of searching the bytes: a `sessionID` inside of a tool's input or inside of a
//! text is never mistaken for the event's own.

use std::borrow::Cow;

use super::cursor::{Cursor, RawText};
use crate::model::Count;

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Peek<'a> {
    /// The server's name for the type; empty where there is none.
    pub type_name: Cow<'a, str>,
    /// The session that the event belongs to; `None` for events of a directory or of the server.
    pub session_id: Option<Cow<'a, str>>,
    /// The session whose agent started this one; for `session.created` only.
    pub parent_id: Option<Cow<'a, str>>,
    /// The directory, on streams that carry the events of more than one.
    pub directory: Option<Cow<'a, str>>,
    /// The place in the session's log, for `sync` records.
    pub sync: Option<SyncPeek<'a>>,
}

/// The place of a `sync` record in the log it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncPeek<'a> {
    /// What it repeats, with the version of its shape: `message.updated.1`.
    pub type_name: Cow<'a, str>,
    /// Whose log it is: the session.
    pub aggregate_id: Cow<'a, str>,
    /// Its place in the log, from 0. Servers before 1.17 write 0 for all.
    pub seq: u64,
}

/// Reads from the `data` of a frame what the event is about; `None` if that is no JSON object.
///
/// Agrees with [`Event::decode`](super::Event::decode) wherever that succeeds, in any order of the keys; for keys
/// that occur twice, the first one counts. Never fails on broken JSON: it says what it saw before the break.
///
/// # Examples
///
/// ```
/// let peek = opencode_wire::event::scan(
///     br#"{"type":"session.idle","properties":{"sessionID":"ses_1"}}"#,
/// ).expect("an object");
/// assert_eq!(peek.type_name, "session.idle");
/// assert_eq!(peek.session_id.as_deref(), Some("ses_1"));
/// ```
#[must_use]
pub fn scan(frame_data: &[u8]) -> Option<Peek<'_>> {
    let outer = Envelope::read(Cursor::new(frame_data), Depth::Outer)?;
    let envelope = match outer.payload {
        Some(payload) => Envelope::read(payload, Depth::Inner).unwrap_or_default(),
        None => outer,
    };
    let mut peek = Peek { directory: outer.directory(), ..Peek::default() };
    if let Some(type_name) = envelope.type_name {
        peek.type_name = type_name.to_text();
    }
    if let Some((_, body)) = envelope.body {
        peek.read_body(body);
    }
    Some(peek)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// An event, or the envelope of the global stream.
    Outer,
    /// An event in that envelope.
    Inner,
}

/// Where in a frame the things are.
#[derive(Debug, Clone, Copy, Default)]
struct Envelope<'a> {
    type_name: Option<RawText<'a>>,
    body: Option<(Body, Cursor<'a>)>,
    payload: Option<Cursor<'a>>,
    /// The `directory` beside a payload.
    directory: Option<RawText<'a>>,
    /// The `directory` of the `location` beside V2 data.
    location: Option<Cursor<'a>>,
}

/// What the key of an event's content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Properties,
    Data,
    SyncEvent,
}

impl<'a> Envelope<'a> {
    fn read(mut cursor: Cursor<'a>, depth: Depth) -> Option<Self> {
        let mut envelope = Self::default();
        if !cursor.enter_object() {
            return None;
        }
        while let Some(key) = cursor.next_key() {
            match &*key.to_bytes() {
                b"type" => {
                    let value = cursor.string();
                    envelope.type_name = envelope.type_name.or(value);
                }
                b"directory" if depth == Depth::Outer => {
                    let value = cursor.string();
                    envelope.directory = envelope.directory.or(value);
                }
                name => {
                    envelope.note(name, cursor, depth);
                    if !envelope.is_enough(depth) {
                        cursor.skip_value();
                    }
                }
            }
            if envelope.is_enough(depth) {
                break;
            }
        }
        Some(envelope)
    }

    /// Notes where a value begins, if it is one of those that are walked through later.
    #[inline]
    fn note(&mut self, name: &[u8], value: Cursor<'a>, depth: Depth) {
        let body = match name {
            b"properties" => Body::Properties,
            b"data" => Body::Data,
            b"syncEvent" => Body::SyncEvent,
            b"payload" if depth == Depth::Outer && self.is_empty() => {
                self.payload = Some(value);
                return;
            }
            b"location" if depth == Depth::Outer => {
                self.location = self.location.or(Some(value));
                return;
            }
            _ => return,
        };
        self.body = self.body.or(Some((body, value)));
    }

    /// Whether the event itself has not been met yet.
    fn is_empty(&self) -> bool {
        self.type_name.is_none() && self.body.is_none() && self.payload.is_none()
    }

    /// Whether nothing that may still come would be of use.
    fn is_enough(&self, depth: Depth) -> bool {
        match (self.payload, self.body) {
            (Some(_), _) => self.directory.is_some(),
            (None, Some((Body::Data, _))) if depth == Depth::Outer => {
                self.type_name.is_some() && self.location.is_some()
            }
            (None, Some(_)) => self.type_name.is_some(),
            (None, None) => false,
        }
    }

    fn directory(&self) -> Option<Cow<'a, str>> {
        match (self.payload, self.body) {
            (Some(_), _) => self.directory.map(RawText::to_text),
            (None, Some((Body::Data, _))) => find_string(self.location?, "directory"),
            _ => None,
        }
    }
}

impl<'a> Peek<'a> {
    /// Reads the content of an event whose type is known.
    fn read_body(&mut self, body: Cursor<'a>) {
        match &*self.type_name {
            "sync" => self.read_sync(body),
            "session.created" => {
                self.read_session(body, Some(("info", "id")));
                self.parent_id = find_object(body, "info").and_then(|info| find_string(info, "parentID"));
            }
            "session.updated" | "session.deleted" => self.read_session(body, Some(("info", "id"))),
            "message.updated" => self.read_session(body, Some(("info", "sessionID"))),
            "message.part.updated" => self.read_session(body, Some(("part", "sessionID"))),
            _ => self.read_session(body, None),
        }
    }

    /// Reads the session. Servers before 1.14 name it only within the message, part or session.
    fn read_session(&mut self, body: Cursor<'a>, fallback: Option<(&str, &str)>) {
        self.session_id = find_string(body, "sessionID").or_else(|| {
            let (object, key) = fallback?;
            find_string(find_object(body, object)?, key)
        });
    }

    fn read_sync(&mut self, mut body: Cursor<'a>) {
        let (mut type_name, mut aggregate_id, mut seq) = (None, None, None);
        if !body.enter_object() {
            return;
        }
        while let Some(key) = body.next_key() {
            match &*key.to_bytes() {
                b"type" => type_name = type_name.or(body.string()),
                b"aggregateID" => aggregate_id = aggregate_id.or(body.string()),
                b"seq" => seq = seq.or(body.number()),
                _ => body.skip_value(),
            }
            if type_name.is_some() && aggregate_id.is_some() && seq.is_some() {
                break;
            }
        }
        let (Some(type_name), Some(aggregate_id)) = (type_name, aggregate_id) else { return };
        let aggregate_id = aggregate_id.to_text();
        if aggregate_id.starts_with(crate::ids::SessionId::PREFIX) {
            self.session_id = Some(aggregate_id.clone());
        }
        let seq = seq.and_then(|digits| serde_json::from_slice::<Count>(digits).ok()).unwrap_or_default();
        self.sync = Some(SyncPeek { type_name: type_name.to_text(), aggregate_id, seq: seq.get() });
    }
}

/// The string behind a key of an object.
#[inline]
fn find_string<'a>(mut object: Cursor<'a>, name: &str) -> Option<Cow<'a, str>> {
    if !object.enter_object() {
        return None;
    }
    while let Some(key) = object.next_key() {
        if *key.to_bytes() == *name.as_bytes() {
            return object.string().map(RawText::to_text);
        }
        object.skip_value();
    }
    None
}

/// The place behind a key of an object.
fn find_object<'a>(mut object: Cursor<'a>, name: &str) -> Option<Cursor<'a>> {
    if !object.enter_object() {
        return None;
    }
    while let Some(key) = object.next_key() {
        if *key.to_bytes() == *name.as_bytes() {
            return Some(object);
        }
        object.skip_value();
    }
    None
}
