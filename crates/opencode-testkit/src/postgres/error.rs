//! Why there is no PostgreSQL.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a PostgreSQL could not be found, made or started.
///
/// `Display` says what failed at this level; the cause is in `source()`, and what the server or
/// one of its programs printed is in [`output`](Self::output).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// This machine has no PostgreSQL server, or hides it well.
    #[error(
        "no PostgreSQL server was found: install PostgreSQL, e.g. `apt-get install postgresql`, or \
         set OPENCODE_TEST_PG_BIN to the directory of its programs"
    )]
    NotFound,
    /// The environment variable `OPENCODE_TEST_PG_BIN` names no directory with the programs of a
    /// server.
    #[error("OPENCODE_TEST_PG_BIN names {}, which lacks one of {programs}", path.display())]
    NotAnInstallation {
        /// What the variable holds.
        path: PathBuf,
        /// What has to be there.
        programs: String,
    },
    /// The server refuses to run as root, and there is no other account to run it as.
    #[error("PostgreSQL does not run as root, and there is no account `postgres` or `nobody` to run it as")]
    NoAccount,
    /// A file or directory could not be made, or not be given to the server's account.
    #[error("{} could not be prepared", path.display())]
    Prepare {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A program could not be started.
    #[error("{} could not be started", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// `initdb` could not make a cluster.
    #[error("initdb could not make a cluster")]
    Initialise {
        /// The end of what it printed.
        output: String,
    },
    /// The server ended before it accepted connections.
    #[error("PostgreSQL ended before it was ready ({status})")]
    Ended {
        /// How its process ended.
        status: ExitStatus,
        /// The end of its log.
        output: String,
    },
    /// The server did not accept connections in time.
    #[error("PostgreSQL was not ready after {after:?}")]
    NotReady {
        /// How long was waited.
        after: Duration,
        /// The end of its log.
        output: String,
    },
    /// Every port that was tried was taken by somebody else in the meantime.
    #[error("no free port was kept long enough for PostgreSQL to take it")]
    NoPort {
        /// The end of the last attempt's log.
        output: String,
    },
    /// The name would need quoting in an address or a statement.
    #[error("{name:?} is no plain name for a database: use lower-case letters, digits and `_`")]
    BadName {
        /// What was asked for.
        name: String,
    },
    /// A database could not be made.
    #[error("the database {name} could not be made")]
    Database {
        /// Its name.
        name: String,
        /// What `createdb` printed.
        output: String,
    },
}

impl PostgresError {
    /// The end of what the server or one of its programs printed, where something was run at all.
    #[must_use]
    pub fn output(&self) -> Option<&str> {
        match self {
            Self::Initialise { output }
            | Self::Ended { output, .. }
            | Self::NotReady { output, .. }
            | Self::NoPort { output }
            | Self::Database { output, .. } => Some(output),
            _ => None,
        }
    }

    /// True where this machine simply has no PostgreSQL that could run: what a test takes as a
    /// reason to skip.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::NotFound | Self::NoAccount)
    }

    pub(super) fn prepare(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Prepare { path, source }
    }
}
