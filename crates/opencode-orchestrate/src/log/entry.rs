//! One thing that the log of a turn tells.

use opencode_store::reply::{PartBody, PartWrite, StepUsage, StoredPart};
use opencode_wire::ids::{PartId, SessionId};
use opencode_wire::model::{Json, Todo};
use opencode_wire::reply::Usage;
use serde::{Deserialize, Serialize};

/// One thing that the log of a turn tells.
///
/// As JSON it is an object with one field, whose name says what it is: `{"grown":{"part_id":"prt_1","at":5,"text":" you"}}`.
/// Entries of kinds that this version does not know have to be passed over, and so have fields.
///
/// Applying an entry twice is the same as applying it once, and applying one whose effect is known already changes
/// nothing: parts are told whole, or grow from a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entry {
    /// A worker has begun with the turn. What an earlier one has told of parts, blockers and todos is void: all of it
    /// is told anew.
    Began {
        /// Which claim of the turn it is: 1 for the first.
        attempt: u64,
    },
    /// The server has stored the prompt.
    Accepted {},
    /// A part, whole, in place of everything that was told of it.
    Part {
        /// The part.
        part_id: PartId,
        /// The session of the tree that it belongs to.
        session_id: SessionId,
        /// Its place in reading order: first by this number, then by its id.
        place: u64,
        /// The part without the field that grows.
        body: Json,
        /// The field that may grow, with what it holds so far.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        growing: Option<Growing>,
    },
    /// The growing field of a part has grown.
    Grown {
        /// The part.
        part_id: PartId,
        /// At which byte of the field, in UTF-8, the text begins. What is there already stays.
        at: u64,
        /// What has come.
        text: String,
    },
    /// A part is no longer part of the reply.
    Removed {
        /// The part.
        part_id: PartId,
    },
    /// A step of the answer has ended.
    Step {
        /// The part that ended it, by which it is counted once.
        step_id: PartId,
        /// The session of the tree that made it.
        session_id: SessionId,
        /// What it used.
        usage: Usage,
    },
    /// A session of the tree does something else now: `idle`, `busy`, or a retry with its reason.
    Status {
        /// The session.
        session_id: SessionId,
        /// What it does, as the server says it.
        status: Json,
    },
    /// The todo list of a session, whole.
    Todos {
        /// The session.
        session_id: SessionId,
        /// The list.
        todos: Vec<Todo>,
    },
    /// A sub-agent has begun to work in a session of its own.
    Child {
        /// Its session.
        session_id: SessionId,
        /// The session that started it.
        parent_id: SessionId,
    },
    /// A person is asked something, and the turn waits.
    Blocked {
        /// The server's id for it.
        request_id: String,
        /// The session of the tree whose agent asks.
        session_id: SessionId,
        /// `permission` or `question`.
        kind: String,
        /// The request, as the server says it.
        request: Json,
    },
    /// What was asked is answered, or nobody waits for an answer any more.
    Unblocked {
        /// The server's id for it.
        request_id: String,
    },
    /// Something failed; not always the turn.
    Failed {
        /// The session of the tree.
        session_id: SessionId,
        /// What the server says of it.
        error: Json,
    },
    /// The conversation was replaced by its summary, to make room.
    Compacted {
        /// The session of the tree.
        session_id: SessionId,
    },
    /// A stretch of the server's events was not seen. What it changed is told as soon as it is known.
    Gap {},
}

/// The one field of a part that may grow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Growing {
    /// Its name; with `/` between names where it is inside of others, as in `metadata/output`.
    pub field: String,
    /// What it holds so far.
    pub text: String,
}

impl Entry {
    /// Reads an entry; `None` for one of a kind that this version does not know.
    #[must_use]
    pub fn parse(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }

    /// Writes the entry as one line of JSON.
    #[must_use]
    pub fn to_payload(&self) -> String {
        // Nothing in it can fail: its maps have text for keys, and its JSON was checked when it was read.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<PartWrite> for Entry {
    fn from(write: PartWrite) -> Self {
        let PartWrite { part_id, session_id, ordinal: place, body, .. } = write;
        match body {
            PartBody::Whole { body, growing } => {
                let growing = growing.map(|growing| Growing { field: growing.field, text: growing.text });
                Self::Part { part_id, session_id, place, body, growing }
            }
            PartBody::Grown { at, text } => Self::Grown { part_id, at, text },
        }
    }
}

impl From<StoredPart> for Entry {
    fn from(part: StoredPart) -> Self {
        let StoredPart { part_id, session_id, ordinal: place, body, growing, .. } = part;
        let growing = growing.map(|growing| Growing { field: growing.field, text: growing.text });
        Self::Part { part_id, session_id, place, body, growing }
    }
}

impl From<StepUsage> for Entry {
    fn from(step: StepUsage) -> Self {
        Self::Step { step_id: step.step_id, session_id: step.session_id, usage: step.usage }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_back() {
        let part = |id: &str| PartId::from_wire(id);
        let entries = [
            Entry::Began { attempt: 2 },
            Entry::Accepted {},
            Entry::Part {
                part_id: part("prt_1"),
                session_id: SessionId::from_wire("ses_1"),
                place: 3,
                body: Json::from_value(&serde_json::json!({"type": "text"})).unwrap(),
                growing: Some(Growing { field: "content".to_owned(), text: "Hello".to_owned() }),
            },
            Entry::Grown { part_id: part("prt_1"), at: 5, text: " you".to_owned() },
        ];
        for entry in entries {
            assert_eq!(Entry::parse(&entry.to_payload()), Some(entry));
        }
        assert_eq!(
            Entry::Grown { part_id: part("prt_1"), at: 5, text: " you".to_owned() }.to_payload(),
            r#"{"grown":{"part_id":"prt_1","at":5,"text":" you"}}"#
        );
    }

    #[test]
    fn what_a_later_version_tells_is_passed_over() {
        assert_eq!(Entry::parse(r#"{"sung":{"song":"la"}}"#), None);
        assert_eq!(Entry::parse(r#"{"gap":{"why":"storm"}}"#), Some(Entry::Gap {}));
    }
}
