//! The server's nouns: sessions, messages, parts, tools, questions, permissions.
//!
//! One struct for each object that clients touch. All of them read tolerantly (fields in any order, `null` for
//! absent, counts in any notation), keep the fields they do not know in `extra`, and write everything back.
//! Enumerations have an `Unknown` arm, because the server ships on its own schedule.

mod blocker;
mod json;
mod message;
mod number;
pub(crate) mod object;
pub(crate) mod open_enum;
mod part;
mod session;
mod tool;
mod wire_part;

pub use self::blocker::{
    PermissionReply, PermissionRequest, Question, QuestionOption, QuestionRequest, ToolRef,
};
pub use self::json::Json;
pub use self::message::{
    CacheTokens, ErrorData, ErrorName, Message, MessageError, MessageTime, ModelRef, Role, StoredMessage,
    Tokens,
};
pub use self::number::{Count, Timestamp};
pub use self::object::Extra;
pub use self::part::{
    AgentPart, CompactionPart, FilePart, Part, PartKind, PartTime, PatchPart, RetryPart, SnapshotPart,
    StepFinish, StepStart, SubtaskPart, TextPart, UnknownPart,
};
pub use self::session::{
    FileDiff, PermissionAction, PermissionRule, Retry, Revert, Session, SessionStatus, SessionTime, Todo,
};
pub use self::tool::{ToolPart, ToolState, ToolStatus};
