//! Why there is no S3.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why an S3 endpoint could not be found, fetched, started or used.
///
/// `Display` says what failed at this level; the cause is in `source()`, and what the server or
/// Python printed is in [`output`](Self::output).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum S3Error {
    /// There is no Python to run moto with.
    #[error(
        "no python3 was found to run an S3 server with: install Python 3, e.g. \
         `apt-get install python3-venv`, or set OPENCODE_TEST_S3_URL to a running endpoint"
    )]
    NoPython,
    /// There is no place to keep what was fetched.
    #[error("the user's cache directory is unknown: set XDG_CACHE_HOME or HOME")]
    NoCacheDirectory,
    /// Python could not make a virtual environment; Debian has a package of its own for that.
    #[error("python3 could not make a virtual environment: on Debian, `apt-get install python3-venv`")]
    Environment {
        /// The end of what it printed.
        output: String,
    },
    /// Moto could not be fetched, most likely for want of a network.
    #[error("pip could not fetch moto {version}: is there a network? OPENCODE_TEST_S3_URL needs none")]
    Install {
        /// The version.
        version: &'static str,
        /// The end of what pip printed.
        output: String,
    },
    /// A file or directory could not be made.
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
    /// The server ended before it answered.
    #[error("moto ended before it was ready ({status})")]
    Ended {
        /// How its process ended.
        status: ExitStatus,
        /// The end of what it printed.
        output: String,
    },
    /// The server did not answer in time.
    #[error("moto was not ready after {after:?}")]
    NotReady {
        /// How long was waited.
        after: Duration,
        /// The end of what it printed.
        output: String,
    },
    /// Every port that was tried was taken by somebody else in the meantime.
    #[error("no free port was kept long enough for moto to take it")]
    NoPort {
        /// The end of what the last attempt printed.
        output: String,
    },
    /// The name is none that a bucket may have, or has a dot, which TLS does not go with.
    #[error("{name:?} is no name for a bucket: use 3 to 63 lower-case letters, digits and `-`")]
    BadName {
        /// What was asked for.
        name: String,
    },
    /// A bucket could not be made.
    #[error("the bucket {name} could not be made at {url}: {reason}")]
    Bucket {
        /// Its name.
        name: String,
        /// The endpoint.
        url: String,
        /// The status of the answer, or what was in its way.
        reason: String,
    },
}

impl S3Error {
    /// The end of what the server or Python printed, where something was run at all.
    #[must_use]
    pub fn output(&self) -> Option<&str> {
        match self {
            Self::Environment { output }
            | Self::Install { output, .. }
            | Self::Ended { output, .. }
            | Self::NotReady { output, .. }
            | Self::NoPort { output } => Some(output),
            _ => None,
        }
    }

    /// True where this machine simply has no S3 and no way to get one: what a test takes as a
    /// reason to skip.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::NoPython | Self::NoCacheDirectory | Self::Environment { .. } | Self::Install { .. }
        )
    }

    pub(super) fn prepare(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Prepare { path, source }
    }
}
