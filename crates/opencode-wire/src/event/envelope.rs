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
use super::{Event, Location, problem};
use crate::field_name::FieldName;

/// Reads an event into a place of its own; says whether its type is known.
///
/// Into a place instead of returning it, because an event is large and each level would copy it once more.
#[derive(Debug)]
pub(super) struct EnvelopeSeed<'event> {
    event: &'event mut Event,
    /// Whether this is the event inside of the global stream's wrapping, where no other wrapping can be.
    is_inner: bool,
    /// Whether the content is read too. It is not when it is known to be of the wrong shape.
    reads_content: bool,
}

impl<'event> EnvelopeSeed<'event> {
    /// Reads all of an event. What of `event` the text does not set stays as it is.
    pub(super) fn new(event: &'event mut Event) -> Self {
        Self { event, is_inner: false, reads_content: true }
    }

    /// Reads only what lies around the content; says that the type is not known.
    pub(super) fn without_content(event: &'event mut Event) -> Self {
        Self { event, is_inner: false, reads_content: false }
    }
}

impl<'de> DeserializeSeed<'de> for EnvelopeSeed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EnvelopeSeed<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<bool, A::Error> {
        let mut event_type = None;
        let mut content = Content::None;
        let mut shape = Shape::Plain;
        let mut global = Location::default();
        let mut location = None;
        while let Some(key) = map.next_key_seed(FieldName(Key::from_name))? {
            match key {
                Key::Id if self.event.id.is_none() => self.event.id = map.next_value()?,
                Key::Type if event_type.is_none() => event_type = Some(map.next_value_seed(TypeSeed)?),
                Key::Properties | Key::Data | Key::SyncEvent if content == Content::None => {
                    if key == Key::Data {
                        shape = Shape::V2;
                    }
                    content = self.read_content(event_type, &mut map)?;
                }
                Key::Payload if !self.is_inner && event_type.is_none() && content == Content::None => {
                    shape = Shape::Global;
                    content = self.read_payload(&mut map)?;
                }
                Key::Directory if global.directory.is_none() => global.directory = map.next_value()?,
                Key::Project if global.project_id.is_none() => global.project_id = map.next_value()?,
                Key::Workspace if global.workspace_id.is_none() => global.workspace_id = map.next_value()?,
                Key::Location if location.is_none() => location = map.next_value()?,
                Key::Durable if self.event.durable.is_none() => self.event.durable = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        // What else is called a directory or a location belongs to somebody else.
        match shape {
            Shape::Global => self.event.location = global.into_boxed(),
            Shape::V2 if !self.is_inner => self.event.location = location,
            Shape::V2 | Shape::Plain => {}
        }
        match content {
            Content::Known => Ok(true),
            Content::Ignored => Ok(false),
            Content::Raw(json) => self.read_late(event_type, json).map_err(A::Error::custom),
            // Events that carry nothing need not say so.
            Content::None => self.read_late(event_type, "{}").map_err(A::Error::custom),
        }
    }
}

impl EnvelopeSeed<'_> {
    #[inline]
    fn read_content<'de, A: MapAccess<'de>>(
        &mut self,
        event_type: Option<EventType>,
        map: &mut A,
    ) -> Result<Content<'de>, A::Error> {
        match event_type {
            None => map.next_value::<&RawValue>().map(|raw| Content::Raw(raw.get())),
            Some(event_type) if event_type != EventType::Unknown && self.reads_content => {
                self.event.kind = map.next_value_seed(event_type)?;
                Ok(Content::Known)
            }
            Some(_) => map.next_value::<IgnoredAny>().map(|_| Content::Ignored),
        }
    }

    fn read_payload<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<Content<'de>, A::Error> {
        let inner =
            EnvelopeSeed { event: &mut *self.event, is_inner: true, reads_content: self.reads_content };
        let is_known = map.next_value_seed(inner)?;
        Ok(if is_known { Content::Known } else { Content::Ignored })
    }

    /// Reads content whose type has come after it.
    fn read_late(&mut self, event_type: Option<EventType>, json: &str) -> Result<bool, Box<str>> {
        match event_type {
            Some(event_type) if event_type != EventType::Unknown && self.reads_content => {
                let mut deserializer = serde_json::Deserializer::from_str(json);
                let kind = event_type.deserialize(&mut deserializer);
                self.event.kind = kind.map_err(|error| problem::describe(json, &error))?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

/// What has become of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content<'de> {
    /// There was none.
    None,
    /// It came before its type.
    Raw(&'de str),
    Known,
    Ignored,
}

/// How the event is wrapped.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Plain,
    Global,
    V2,
}

/// The keys that any wrapping has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl Key {
    #[inline]
    fn from_name(name: &str) -> Self {
        match name {
            "id" => Self::Id,
            "type" => Self::Type,
            "properties" => Self::Properties,
            "data" => Self::Data,
            "syncEvent" => Self::SyncEvent,
            "payload" => Self::Payload,
            "directory" => Self::Directory,
            "project" => Self::Project,
            "workspace" => Self::Workspace,
            "location" => Self::Location,
            "durable" => Self::Durable,
            _ => Self::Other,
        }
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
