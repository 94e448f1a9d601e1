//! Why there is no real server.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a real server could not be found, fetched or started.
///
/// `Display` says what failed at this level; the cause is in `source()`, and what the server or
/// `npm` printed is in [`output`](Self::output).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RealError {
    /// There is neither an OpenCode program on this machine nor `npm` to fetch one.
    #[error(
        "no OpenCode server was found: set OPENCODE_BIN to its program, put opencode on PATH, or \
         install Node.js with npm so that it can be fetched"
    )]
    NotFound,
    /// The environment variable `OPENCODE_BIN` names something that is not a program.
    #[error("OPENCODE_BIN names {}, which is not a file", path.display())]
    NotAFile {
        /// What the variable holds.
        path: PathBuf,
    },
    /// The version is not one that can stand in a path and a package name.
    #[error("{version:?} is not a version of OpenCode")]
    BadVersion {
        /// What was asked for.
        version: String,
    },
    /// OpenCode publishes no program for this operating system and processor.
    #[error("OpenCode has no program for this platform ({platform})")]
    UnsupportedPlatform {
        /// Operating system and processor, as Rust names them.
        platform: String,
    },
    /// There is no place to keep a fetched program in.
    #[error("the user's cache directory is unknown: set XDG_CACHE_HOME or HOME")]
    NoCacheDirectory,
    /// `npm install` ended without success.
    #[error("npm could not fetch {package} {version}")]
    Install {
        /// The npm package.
        package: String,
        /// The version of it.
        version: String,
        /// The end of what npm printed.
        output: String,
    },
    /// None of the fetched programs could be run here.
    #[error("the fetched OpenCode {version} does not run on this machine")]
    Unusable {
        /// The version that was fetched.
        version: String,
        /// What the last candidate printed when it was asked for its version.
        output: String,
    },
    /// A file or directory that the launcher needs could not be made.
    #[error("{} could not be prepared", path.display())]
    Prepare {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// `git` could not make the project directory a repository.
    #[error("git {command} failed in the project directory")]
    Git {
        /// The sub-command.
        command: &'static str,
        /// What git printed.
        output: String,
    },
    /// No random bytes for a password were to be had.
    #[error("no randomness for a password: {reason}")]
    Random {
        /// What the operating system said.
        reason: String,
    },
    /// The program could not be started.
    #[error("{} could not be started", binary.display())]
    Spawn {
        /// The program.
        binary: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The server ended before it answered.
    #[error("the server ended before it was ready ({status})")]
    Ended {
        /// How the process ended.
        status: ExitStatus,
        /// The end of what it printed.
        output: String,
    },
    /// The server did not become ready in time.
    #[error("the server was not ready after {after:?}: {missing} is missing")]
    NotReady {
        /// How long was waited.
        after: Duration,
        /// What was still missing.
        missing: &'static str,
        /// The end of what the server printed.
        output: String,
    },
    /// Every port that was tried was taken by somebody else in the meantime.
    #[error("no free port was kept long enough for the server to take it")]
    NoPort {
        /// The end of what the last attempt printed.
        output: String,
    },
}

impl RealError {
    /// The end of what the server, `npm` or `git` printed before it failed, where something was
    /// run at all.
    #[must_use]
    pub fn output(&self) -> Option<&str> {
        match self {
            Self::Install { output, .. }
            | Self::Unusable { output, .. }
            | Self::Git { output, .. }
            | Self::Ended { output, .. }
            | Self::NotReady { output, .. }
            | Self::NoPort { output } => Some(output),
            _ => None,
        }
    }

    /// True where this machine simply has no OpenCode and no way to get one: what a test that
    /// needs the real server takes as a reason to skip.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::NotFound
                | Self::UnsupportedPlatform { .. }
                | Self::NoCacheDirectory
                | Self::Install { .. }
                | Self::Unusable { .. }
        )
    }

    pub(super) fn prepare(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Prepare { path, source }
    }
}
