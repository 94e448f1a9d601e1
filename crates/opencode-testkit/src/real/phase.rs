//! What the launcher is doing, for a program that wants to show it.

use std::path::PathBuf;

/// One thing the launcher has begun to do.
///
/// Handed to the callback of [`install`](super::install) and
/// [`RealServerBuilder::on_phase`](super::RealServerBuilder::on_phase) at the moment it begins.
/// `Display` gives a line for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Another process is fetching the same version; this one waits for it.
    WaitingForInstall {
        /// The version that is being fetched.
        version: String,
    },
    /// `npm` is fetching a platform package: about 180 MB, seconds to minutes.
    Installing {
        /// The npm package, which carries the program for this platform.
        package: String,
        /// The version of it.
        version: String,
        /// The directory below which it will be kept.
        into: PathBuf,
    },
    /// The fetched program is run once with `--version`, to see that this machine can run it.
    Checking {
        /// The program.
        binary: PathBuf,
    },
    /// The server process is being started: one to three seconds.
    Starting {
        /// The program.
        binary: PathBuf,
        /// The port it was told to listen on.
        port: u16,
    },
    /// The server has said that it listens; its health route is being asked.
    WaitingForHealth {
        /// The base address the server printed.
        url: String,
    },
    /// The server answers.
    Ready {
        /// The base address.
        url: String,
        /// The version that the health route reported.
        version: String,
    },
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::WaitingForInstall { version } => {
                write!(f, "waiting for another process that is fetching OpenCode {version}")
            }
            Self::Installing { package, version, into } => {
                write!(f, "fetching {package} {version} with npm into {}", into.display())
            }
            Self::Checking { binary } => write!(f, "checking {}", binary.display()),
            Self::Starting { binary, port } => {
                write!(f, "starting {} on 127.0.0.1 port {port}", binary.display())
            }
            Self::WaitingForHealth { url } => write!(f, "waiting until {url} answers"),
            Self::Ready { url, version } => write!(f, "OpenCode {version} is ready at {url}"),
        }
    }
}
