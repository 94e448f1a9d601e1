//! Events that this version of the crate does not know.

use super::EventKind;
use crate::ids::SessionId;
use crate::model::Json;

/// An event of a type, or of a shape, that this version of the crate does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEvent {
    /// The server's name for the type; empty where there is none.
    pub type_name: Box<str>,
    /// The session that it belongs to, if it says so where all events do.
    pub session_id: Option<SessionId>,
    /// The whole frame. Text that is none, such as half of an emoji, is replaced by U+FFFD.
    pub raw: Json,
    /// Why it is unknown although its type is known: where in the frame its shape is unexpected, and how.
    pub problem: Option<Box<str>>,
}

impl From<UnknownEvent> for EventKind {
    fn from(event: UnknownEvent) -> Self {
        Self::Unknown(event)
    }
}
