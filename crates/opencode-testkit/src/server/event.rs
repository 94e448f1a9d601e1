//! One event and how each stream writes it down.

use serde_json::{Map, Value, json};

use super::family::EventFamily;

/// The events OpenCode keeps in its event log, and repeats as `sync` records.
const DURABLE: [&str; 7] = [
    "session.created",
    "session.updated",
    "session.deleted",
    "message.updated",
    "message.removed",
    "message.part.updated",
    "message.part.removed",
];

/// What travels through the bus: the event and where it belongs.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) properties: Value,
    /// `None` for events of the server itself, which have no directory in the global envelope.
    pub(crate) directory: Option<String>,
    pub(crate) sync: Option<SyncRecord>,
}

/// The place of a durable event in its session's log.
#[derive(Debug, Clone)]
pub(crate) struct SyncRecord {
    pub(crate) aggregate_id: String,
    pub(crate) seq: u64,
}

/// Whether events of this type get a `sync` record.
pub(crate) fn is_durable(kind: &str) -> bool {
    DURABLE.contains(&kind)
}

impl Event {
    /// What `/event` sends.
    pub(crate) fn plain(&self, family: EventFamily) -> Value {
        let mut event = Map::new();
        if family.event_ids {
            event.insert("id".to_owned(), json!(self.id));
        }
        event.insert("type".to_owned(), json!(self.kind));
        event.insert("properties".to_owned(), self.properties.clone());
        Value::Object(event)
    }

    /// What `/global/event` sends: the event in its envelope, and the sync record if there is one.
    pub(crate) fn global(&self, family: EventFamily, project: &str) -> Vec<Value> {
        let directory = self.directory.as_deref();
        let mut records = vec![envelope(directory, project, &self.plain(family))];
        if let (Some(sync), true) = (&self.sync, family.sync) {
            let record = json!({
                "type": "sync",
                "id": self.id,
                "syncEvent": {
                    "id": self.id,
                    "type": self.versioned(),
                    "seq": if family.rising_seq { sync.seq } else { 0 },
                    "aggregateID": sync.aggregate_id,
                    "data": self.properties,
                },
            });
            records.push(envelope(directory, project, &record));
        }
        records
    }

    /// The row that `POST /sync/history` returns for a durable event.
    pub(crate) fn history(&self) -> Option<Value> {
        let sync = self.sync.as_ref()?;
        Some(json!({
            "id": self.id,
            "aggregate_id": sync.aggregate_id,
            "seq": sync.seq,
            "type": self.versioned(),
            "data": self.properties,
        }))
    }

    fn versioned(&self) -> String {
        format!("{}.1", self.kind)
    }
}

/// Wraps any JSON as `/global/event` does.
pub(crate) fn envelope(directory: Option<&str>, project: &str, payload: &Value) -> Value {
    match directory {
        Some(directory) => json!({"directory": directory, "project": project, "payload": payload}),
        None => json!({"payload": payload}),
    }
}
