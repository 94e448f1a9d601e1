//! Agents, whatever they are: what a host needs to use and show OpenCode and other agents alike.
//!
//! [`AgentBackend`] is what a host uses, and [`OpenCodeBackend`] is OpenCode behind it.
//!
//! An [`EventMapper`] makes [`AgentEvent`]s of what a turn says. They know nothing of OpenCode, so that another agent's
//! protocol can be told in the same words. On the way a text may be [transformed](transform): tags that a plug-in makes
//! the model print are taken out, secrets are masked.

mod backend;
mod command;
mod error;
mod event;
mod health;
mod mapper;
mod opencode;
mod origin;
mod prompt;
mod request;
mod session;
mod status;
mod tool;
pub mod transform;
mod usage;

pub use self::backend::{AgentBackend, EventSink};
pub use self::command::AgentCommand;
pub use self::error::AgentError;
pub use self::event::{AgentEvent, AgentEventKind};
pub use self::health::AgentHealth;
pub use self::mapper::{EventMapper, Events};
pub use self::opencode::OpenCodeBackend;
pub use self::origin::Origin;
pub use self::prompt::{AgentFile, AgentOutcome, AgentPrompt};
pub use self::request::{Request, RequestKind};
pub use self::session::{AgentSession, SessionRequest};
pub use self::status::AgentStatus;
pub use self::tool::{CallStatus, ToolKind, ToolSnapshot};
pub use self::usage::UsageLedger;
