//! Events of the V2 runtime: `session.next.*`.
//!
//! Turns that are started through V2 routes tell of themselves with these. A turn is over at a step that ended with
//! a reason other than `tool-calls`, or that failed: no event says that the session is idle.

mod detail;
mod kind;
mod wire;

pub use self::detail::{NextFailure, PromptAgent, PromptFile, PromptInput, ToolContent, ToolProvider};
pub use self::kind::NextKind;
pub(super) use self::kind::NextType;
use crate::ids::SessionId;
use crate::model::Timestamp;

/// An event of the V2 runtime.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NextEvent {
    /// The session.
    pub session_id: SessionId,
    /// When it happened.
    pub timestamp: Timestamp,
    /// What happened.
    pub kind: NextKind,
}
