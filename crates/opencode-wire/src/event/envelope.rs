//! The four ways in which a server wraps an event, read in one pass.
//!
//! A plain event is `{id, type, properties}`; the global stream puts that into `{directory, project, payload}`; V2
//! routes send `{id, type, data, durable, location}`; a `sync` record carries `{type, id, syncEvent}`.
//!
//! Servers write the type before the content nearly always, so that the content can be decoded as what it is while
//! it is read. Where the content comes first it is kept as text until its type is known. Nothing is ever buffered as
//! a tree, which is what derived code for tagged enums does and what costs it half of its speed.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::kinds::EventType;
use super::{Durable, EventKind, Location, problem};
use crate::ids::{EventId, ProjectId, WorkspaceId};

/// An event as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Envelope {
    pub(super) id: Option<EventId>,
    /// What happened; `None` if the type is unknown or absent.
    pub(super) kind: Option<EventKind>,
    pub(super) location: Option<Box<Location>>,
    pub(super) durable: Option<Box<Durable>>,
}

/// Reads an [`Envelope`].
#[derive(Debug, Clone, Copy)]
pub(super) struct EnvelopeSeed {
    /// Whether this is the event inside of the global stream's wrapping, where no other wrapping can be.
    is_inner: bool,
    /// Whether the content is read too. It is not when it is known to be of the wrong shape.
    reads_content: bool,
}

impl EnvelopeSeed {
    pub(super) const WITH_CONTENT: Self = Self { is_inner: false, reads_content: true };
    pub(super) const WITHOUT_CONTENT: Self = Self { is_inner: false, reads_content: false };
}

impl<'de> DeserializeSeed<'de> for EnvelopeSeed {
    type Value = Envelope;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Envelope, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EnvelopeSeed {
    type Value = Envelope;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = map.next_key_seed(KeySeed)? {
            match key {
                Key::Id if fields.id.is_none() => fields.id = map.next_value()?,
                Key::Type if fields.event_type.is_none() => {
                    fields.event_type = Some(map.next_value_seed(TypeSeed)?);
                }
                Key::Payload if !self.is_inner && fields.is_empty() => {
                    let inner = map.next_value_seed(Self { is_inner: true, ..self })?;
                    fields.take_payload(inner);
                }
                Key::Properties | Key::Data | Key::SyncEvent if fields.content.is_none() => {
                    if matches!(key, Key::Data) {
                        fields.shape = Shape::V2;
                    }
                    fields.content = self.read_content(fields.event_type, &mut map)?;
                }
                Key::Directory if fields.directory.is_none() => fields.directory = map.next_value()?,
                Key::Project if fields.project.is_none() => fields.project = map.next_value()?,
                Key::Workspace if fields.workspace.is_none() => fields.workspace = map.next_value()?,
                Key::Location if fields.location.is_none() => fields.location = map.next_value()?,
                Key::Durable if fields.durable.is_none() => fields.durable = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        fields.into_envelope(self).map_err(A::Error::custom)
    }
}

impl EnvelopeSeed {
    #[inline]
    fn read_content<'de, A: MapAccess<'de>>(
        self,
        event_type: Option<EventType>,
        map: &mut A,
    ) -> Result<Content<'de>, A::Error> {
        match event_type {
            Some(EventType::Unknown) => map.next_value::<IgnoredAny>().map(|_| Content::Ignored),
            Some(event_type) if self.reads_content => map.next_value_seed(event_type).map(Content::Kind),
            Some(_) => map.next_value::<IgnoredAny>().map(|_| Content::Ignored),
            None => map.next_value().map(Content::Raw),
        }
    }
}

/// What an event carries, as far as it is understood.
#[derive(Debug, Default)]
enum Content<'de> {
    #[default]
    None,
    Ignored,
    /// It came before its type.
    Raw(&'de RawValue),
    Kind(EventKind),
}

impl Content<'_> {
    fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// How the event is wrapped.
#[derive(Debug, Clone, Copy, Default)]
enum Shape {
    #[default]
    Plain,
    Global,
    V2,
}

/// The fields of all wrappings side by side.
#[derive(Debug, Default)]
struct Fields<'de> {
    id: Option<EventId>,
    event_type: Option<EventType>,
    content: Content<'de>,
    shape: Shape,
    directory: Option<Box<str>>,
    project: Option<ProjectId>,
    workspace: Option<WorkspaceId>,
    location: Option<Box<Location>>,
    durable: Option<Box<Durable>>,
}

impl Fields<'_> {
    /// Whether the event itself has not been met yet.
    fn is_empty(&self) -> bool {
        self.event_type.is_none() && self.content.is_none()
    }

    fn take_payload(&mut self, inner: Envelope) {
        self.shape = Shape::Global;
        self.id = inner.id;
        self.durable = inner.durable;
        self.content = inner.kind.map_or(Content::Ignored, Content::Kind);
    }

    fn into_envelope(self, seed: EnvelopeSeed) -> Result<Envelope, Box<str>> {
        let event_type = self.event_type.filter(|_| seed.reads_content);
        let kind = match self.content {
            Content::Kind(kind) => Some(kind),
            Content::Ignored => None,
            Content::Raw(raw) => read_known(event_type, raw.get())?,
            // Events that carry nothing need not say so.
            Content::None => read_known(event_type, "{}")?,
        };
        // What else is called a directory or a location belongs to somebody else.
        let location = match self.shape {
            Shape::Global => {
                Location { directory: self.directory, project_id: self.project, workspace_id: self.workspace }
                    .into_boxed()
            }
            Shape::V2 if !seed.is_inner => self.location,
            Shape::V2 | Shape::Plain => None,
        };
        Ok(Envelope { id: self.id, kind, location, durable: self.durable })
    }
}

fn read_known(event_type: Option<EventType>, json: &str) -> Result<Option<EventKind>, Box<str>> {
    match event_type {
        None | Some(EventType::Unknown) => Ok(None),
        Some(event_type) => {
            let kind = event_type.deserialize(&mut serde_json::Deserializer::from_str(json));
            kind.map(Some).map_err(|error| problem::describe(json, &error))
        }
    }
}

/// The keys that any wrapping has.
#[derive(Debug, Clone, Copy)]
enum Key {
    Id,
    Type,
    Properties,
    Data,
    SyncEvent,
    Payload,
    Directory,
    Project,
    Workspace,
    Location,
    Durable,
    Other,
}

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a field name")
    }

    fn visit_str<E>(self, text: &str) -> Result<Key, E> {
        Ok(match text {
            "id" => Key::Id,
            "type" => Key::Type,
            "properties" => Key::Properties,
            "data" => Key::Data,
            "syncEvent" => Key::SyncEvent,
            "payload" => Key::Payload,
            "directory" => Key::Directory,
            "project" => Key::Project,
            "workspace" => Key::Workspace,
            "location" => Key::Location,
            "durable" => Key::Durable,
            _ => Key::Other,
        })
    }
}

struct TypeSeed;

impl<'de> DeserializeSeed<'de> for TypeSeed {
    type Value = EventType;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<EventType, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for TypeSeed {
    type Value = EventType;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of an event type")
    }

    fn visit_str<E>(self, text: &str) -> Result<EventType, E> {
        Ok(EventType::from_name(text))
    }
}
