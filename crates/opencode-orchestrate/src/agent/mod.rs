//! Agents, whatever they are: what a host needs to show OpenCode and other agents alike.
//!
//! An [`EventMapper`] makes [`AgentEvent`]s of what a turn says. They know nothing of OpenCode, so that another agent's
//! protocol can be told in the same words. On the way a text may be [transformed](transform): tags that a plug-in makes
//! the model print are taken out, secrets are masked.

mod event;
mod mapper;
mod origin;
mod request;
mod status;
mod tool;
pub mod transform;
mod usage;

pub use self::event::{AgentEvent, AgentEventKind};
pub use self::mapper::{EventMapper, Events};
pub use self::origin::Origin;
pub use self::request::{Request, RequestKind};
pub use self::status::AgentStatus;
pub use self::tool::{CallStatus, ToolKind, ToolSnapshot};
pub use self::usage::UsageLedger;
