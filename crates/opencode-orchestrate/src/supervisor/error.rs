//! Why there is no server.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use opencode_wire::api::ServerVersion;

/// Why there is no server. What the server has printed last is in it, without its password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is no such program.
    #[error("`{}` is not there: install OpenCode (`npm install -g opencode-ai`), or say where it is", binary.display())]
    NoBinary {
        /// What was looked for.
        binary: PathBuf,
    },
    /// A directory that was asked for is not there and cannot be made.
    #[error("the directory {} cannot be used", path.display())]
    Directory {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The operating system gives no random numbers for its password.
    #[error("there is no password for the server, because the operating system gives no random numbers")]
    NoPassword(#[source] std::io::Error),
    /// The operating system does not start it.
    #[error("`{}` cannot be started", binary.display())]
    Spawn {
        /// The program.
        binary: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It has ended before it answered.
    #[error("the server has ended before it answered ({status}); it said: {output}")]
    Ended {
        /// How.
        status: ExitStatus,
        /// The end of what it has printed.
        output: String,
    },
    /// It did not answer in time.
    #[error("the server did not answer within {after:?}: {missing} is missing; it said: {output}")]
    NotReady {
        /// How long it was waited for.
        after: Duration,
        /// What it has not done.
        missing: &'static str,
        /// The end of what it has printed.
        output: String,
    },
    /// It is too old.
    #[error("the server is version {found}, and {wanted} is the oldest that will do")]
    TooOld {
        /// The version that it says it is.
        found: String,
        /// The oldest that will do.
        wanted: ServerVersion,
    },
    /// It cannot be talked to.
    #[error("the server cannot be talked to")]
    Client(#[source] opencode_wire::Error),
    /// The supervisor has ended.
    #[error("the supervisor has ended, and starts no server any more")]
    Stopped,
}
