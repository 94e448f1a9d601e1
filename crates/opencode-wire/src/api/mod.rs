//! The calls that people use, grouped as the server groups them.
//!
//! | entry point | what it reaches |
//! |---|---|
//! | [`Client::sessions`](crate::Client::sessions) | creating and listing sessions, what they are doing |
//! | [`Client::session`](crate::Client::session) | one session: its messages, prompts, commands, history |
//! | [`Client::permissions`](crate::Client::permissions), [`Client::questions`](crate::Client::questions) | what agents ask of people |
//! | [`Client::files`](crate::Client::files), [`Client::find`](crate::Client::find) | the files of the directory |
//! | [`Client::agents`](crate::Client::agents), [`Client::commands`](crate::Client::commands), [`Client::providers`](crate::Client::providers), [`Client::config`](crate::Client::config) | what is configured |
//! | [`Client::current_project`](crate::Client::current_project), [`Client::paths`](crate::Client::paths), [`Client::vcs`](crate::Client::vcs) | where it works |
//! | [`Client::health`](crate::Client::health), [`Client::server_info`](crate::Client::server_info), [`Client::dispose_instance`](crate::Client::dispose_instance), [`Client::sync_history`](crate::Client::sync_history) | the server itself |
//! | [`Client::request`](crate::Client::request) | everything else |
//!
//! Calls are about the client's [directory](crate::Client::with_directory), or the server's own. Those about one
//! session always run in that session's directory.
//!
//! # Errors
//!
//! Every call fails in the same ways; [`Error::kind`](crate::Error::kind) tells them apart:
//!
//! | kind | what happened |
//! |---|---|
//! | [`Connect`](crate::ErrorKind::Connect), [`Timeout`](crate::ErrorKind::Timeout) | no answer; [`is_ambiguous`](crate::Error::is_ambiguous) says whether the request may have arrived |
//! | [`Unauthorized`](crate::ErrorKind::Unauthorized), [`NotFound`](crate::ErrorKind::NotFound), [`Conflict`](crate::ErrorKind::Conflict), [`BadRequest`](crate::ErrorKind::BadRequest) | the server refused; [`server_message`](crate::Error::server_message) has its words |
//! | [`Server`](crate::ErrorKind::Server) | the server failed. It says so too of an id without its prefix and of an agent or command that it does not know |
//! | [`NotOpenCode`](crate::ErrorKind::NotOpenCode) | a web page answered: a wrong address, or a server without this route |
//! | [`Decode`](crate::ErrorKind::Decode), [`TooLarge`](crate::ErrorKind::TooLarge) | the answer could not be used |
//! | [`InvalidId`](crate::ErrorKind::InvalidId) | an id that would reach another route; nothing was sent |
//!
//! # Cancel safety
//!
//! Dropping the future of a call closes its connection and nothing else. A call that only reads leaves no trace.
//! Whether one that changes something was carried out is then unknown, and a turn that a synchronous prompt
//! started goes on: [`SessionHandle::abort`] ends it.

mod agents;
mod commands;
mod create_session;
mod files;
mod find;
mod health;
mod messages;
mod permissions;
mod project;
mod prompt;
mod prompt_part;
mod providers;
mod questions;
mod server;
mod session;
mod session_history;
mod sessions;
mod sync;

pub use self::agents::Agent;
pub use self::commands::{Command, RunCommand, Shell};
pub use self::create_session::CreateSession;
pub use self::files::{FileChange, FileContent, FileNode, Files};
pub use self::find::{Find, FindFiles, MatchText, Submatch, Symbol, TextMatch};
pub use self::health::Health;
pub use self::messages::{ListMessages, MessageCursor, MessagePage};
pub use self::permissions::{PermissionAnswer, Permissions};
pub use self::project::{Paths, Project, ProjectTime, Vcs};
pub use self::prompt::{OutputFormat, Prompt};
pub use self::prompt_part::PromptPart;
pub use self::providers::{ConfiguredProviders, Model, PrivateJson, Provider, ProviderCatalog};
pub use self::questions::Questions;
pub use self::server::{Capabilities, EventSource, ServerInfo, ServerVersion, Standing};
pub use self::session::{SessionHandle, UpdateSession};
pub use self::sessions::{ListSessions, Sessions};

use crate::model::object::Field;

impl<K: Ord, V> Field for std::collections::BTreeMap<K, V> {
    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}
