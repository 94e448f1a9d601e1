//! Records of the server's event log.

use serde::Deserialize;
use serde::de::DeserializeSeed as _;

use super::kinds::EventType;
use super::{Event, UnknownEvent};
use crate::ids::{EventId, SessionId};
use crate::model::{Count, Json};

/// A record of the log that a server keeps of each session.
///
/// The global stream tells every durable event twice: as an event, and as such a record, whose number proves that
/// none was lost. Handle one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SyncRecord {
    /// The event that it repeats.
    pub id: EventId,
    /// The type of that event with the version of its shape: `message.updated.1`.
    #[serde(rename = "type")]
    pub type_name: Box<str>,
    /// Its place in the log, from 0. Servers before 1.17 write 0 for all.
    #[serde(default)]
    pub seq: Count,
    /// Whose log it is: the session.
    #[serde(rename = "aggregateID", alias = "aggregate_id")]
    pub aggregate_id: SessionId,
    /// What the event carries.
    pub data: Json,
}

impl SyncRecord {
    /// The session whose log it is; `None` for the log of something else.
    #[must_use]
    pub fn session_id(&self) -> Option<&SessionId> {
        self.aggregate_id.as_str().starts_with(SessionId::PREFIX).then_some(&self.aggregate_id)
    }

    /// The event that it repeats.
    ///
    /// One of an unknown type or shape becomes [`EventKind::Unknown`](super::EventKind::Unknown) with the record's
    /// data for its text.
    #[must_use]
    pub fn to_event(&self) -> Event {
        let name = match self.type_name.rsplit_once('.') {
            Some((name, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => &self.type_name,
        };
        let unknown = |problem: Option<String>| UnknownEvent {
            type_name: name.into(),
            session_id: self.session_id().cloned(),
            raw: self.data.clone(),
            problem: problem.map(String::into_boxed_str),
        };
        let kind = match EventType::from_name(name) {
            EventType::Unknown => unknown(None).into(),
            event_type => {
                let mut deserializer = serde_json::Deserializer::from_str(self.data.as_str());
                event_type
                    .deserialize(&mut deserializer)
                    .unwrap_or_else(|error| unknown(Some(error.to_string())).into())
            }
        };
        Event { id: Some(self.id.clone()), ..Event::new(kind) }
    }
}
