//! What happens in the terminals that a server runs, and what it tells a terminal interface to do.

use serde::Deserialize;

use crate::ids::PtyId;
use crate::model::Count;
use crate::model::object::{Field, object};

/// A pseudo-terminal was made or changed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct PtyChanged {
    /// As it is now.
    pub info: Pty,
}

object! {
    /// A pseudo-terminal that a server runs.
    pub struct Pty {
        /// The terminal.
        id: PtyId = "id",
        /// Its title.
        title: String = "title",
        /// What runs in it.
        command: String = "command",
        /// What that was started with.
        args: Vec<String> = "args",
        /// Where that was started.
        cwd: String = "cwd",
        /// `running` or `exited`.
        status: String = "status",
        /// Its process.
        pid: Count = "pid",
        /// How it ended.
        exit_code: Option<i64> = "exitCode",
    }
}

impl Field for PtyId {
    fn absent() -> Option<Self> {
        None
    }
}

/// What ran in a pseudo-terminal has ended. The terminal is gone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PtyExited {
    /// The terminal.
    pub id: PtyId,
    /// How it ended.
    #[serde(default, rename = "exitCode")]
    pub exit_code: Option<i64>,
}

/// A pseudo-terminal was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PtyDeleted {
    /// The terminal.
    pub id: PtyId,
}

/// A terminal interface should put text into its prompt.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TuiPromptAppend {
    /// The text.
    pub text: String,
}

/// A terminal interface should do something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TuiCommandExecute {
    /// What: `session.new`, `prompt.submit`, `agent.cycle` and others.
    pub command: String,
}

/// A terminal interface should show a notice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TuiToastShow {
    /// Its title.
    #[serde(default)]
    pub title: Option<String>,
    /// Its text.
    pub message: String,
    /// `info`, `success`, `warning` or `error`.
    pub variant: String,
    /// For how long, in milliseconds.
    #[serde(default)]
    pub duration: Option<Count>,
}
