//! Parts of a reply as they are written and read.

use opencode_wire::ids::{PartId, SessionId};
use opencode_wire::model::Json;
use serde_json::Value;

/// What changed of a part.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PartWrite {
    /// The part.
    pub part_id: PartId,
    /// The session of the tree that it belongs to.
    pub session_id: SessionId,
    /// Its place in reading order.
    pub ordinal: u64,
    /// Its content.
    pub body: PartBody,
}

impl PartWrite {
    /// A change of a part.
    #[must_use]
    pub fn new(part_id: PartId, session_id: SessionId, ordinal: u64, body: PartBody) -> Self {
        Self { part_id, session_id, ordinal, body }
    }
}

/// What is written of a part.
#[derive(Debug, Clone, PartialEq)]
pub enum PartBody {
    /// The whole part, in place of everything that was stored of it.
    Whole {
        /// The part: an object.
        body: Json,
        /// Its one field that may grow, which `body` lacks then.
        growing: Option<Growing>,
    },
    /// More of the field that grows. The rest of the part is as it was.
    Grown {
        /// How many bytes of the field are stored already. What is written twice is stored once.
        at: u64,
        /// What comes after them.
        text: String,
    },
}

/// The one field of a part that may grow: what is said, or what a tool prints.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Growing {
    /// Its name; with `/` between names where it is inside of others, as in `metadata/output`.
    pub field: String,
    /// What it holds so far.
    pub text: String,
}

impl Growing {
    /// A field and what it holds so far.
    #[must_use]
    pub fn new(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self { field: field.into(), text: text.into() }
    }
}

/// A part as it is stored.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StoredPart {
    /// The part.
    pub part_id: PartId,
    /// The session of the tree that it belongs to.
    pub session_id: SessionId,
    /// Its place in reading order.
    pub ordinal: u64,
    /// The part without its growing field.
    pub body: Json,
    /// Its growing field, with everything that is stored of it.
    pub growing: Option<Growing>,
}

impl StoredPart {
    /// For those who implement the traits of this crate.
    #[must_use]
    pub fn new(
        part_id: PartId,
        session_id: SessionId,
        ordinal: u64,
        body: Json,
        growing: Option<Growing>,
    ) -> Self {
        Self { part_id, session_id, ordinal, body, growing }
    }

    /// The part as one object, its growing field included.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut value = self.body.to_value();
        if let Some(growing) = &self.growing {
            let mut place = &mut value;
            for name in growing.field.split('/') {
                if !place.is_object() {
                    *place = Value::Object(serde_json::Map::new());
                }
                place = &mut place[name];
            }
            *place = Value::String(growing.text.clone());
        }
        value
    }
}
