//! How a server is started.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use opencode_wire::api::ServerVersion;

use super::Health;

/// How a server is started.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::supervisor::{DataDirectory, SupervisorOptions};
///
/// let options = SupervisorOptions::default()
///     .with_directory("/srv/projects")
///     .with_data(DataDirectory::Private("/var/lib/example/opencode".into()))
///     .with_env("ANTHROPIC_API_KEY", "from a vault")
///     .with_min_version((1, 18, 0));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct SupervisorOptions {
    /// The program; `opencode` on the `PATH` unless set.
    pub binary: Option<PathBuf>,
    /// The directory that it is started in, and that requests without one are about; the process's own unless set.
    pub directory: Option<PathBuf>,
    /// Where it keeps its sessions, its configuration and its cache.
    pub data: DataDirectory,
    /// Variables of its environment beside those that every program needs.
    pub environment: Vec<(OsString, OsString)>,
    /// Names of variables that it gets from this process's environment.
    pub passed_on: Vec<OsString>,
    /// How long it may take to answer: 30 seconds.
    pub ready_within: Duration,
    /// The oldest version that will do; any unless set.
    pub min_version: Option<ServerVersion>,
    /// When it counts as dead, and when it is replaced.
    pub health: Health,
    /// Where it is written down which servers run, so that those whose owners died are ended; unless set,
    /// `opencode-host/servers` below `XDG_STATE_HOME` or `~/.local/state`, or on Windows `LOCALAPPDATA`.
    pub records: Option<PathBuf>,
}

/// Where a server keeps its sessions, its configuration and its cache.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DataDirectory {
    /// Where the user's own servers keep them.
    #[default]
    Shared,
    /// In a directory of its own, which is made when it is missing.
    ///
    /// Servers that share one write into the same SQLite file, and wait for each other.
    Private(PathBuf),
}

impl Default for SupervisorOptions {
    fn default() -> Self {
        Self {
            binary: None,
            directory: None,
            data: DataDirectory::default(),
            environment: Vec::new(),
            passed_on: Vec::new(),
            ready_within: Duration::from_secs(30),
            min_version: None,
            health: Health::default(),
            records: None,
        }
    }
}

impl SupervisorOptions {
    /// Sets the program.
    #[must_use]
    pub fn with_binary(mut self, path: impl Into<PathBuf>) -> Self {
        self.binary = Some(path.into());
        self
    }

    /// Sets the directory that it is started in.
    #[must_use]
    pub fn with_directory(mut self, path: impl Into<PathBuf>) -> Self {
        self.directory = Some(path.into());
        self
    }

    /// Sets where it keeps its sessions, its configuration and its cache.
    #[must_use]
    pub fn with_data(mut self, data: DataDirectory) -> Self {
        self.data = data;
        self
    }

    /// Adds a variable to its environment.
    #[must_use]
    pub fn with_env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Passes a variable of this process's environment on, if it is set: a provider's key, for instance.
    #[must_use]
    pub fn pass_on(mut self, name: impl Into<OsString>) -> Self {
        self.passed_on.push(name.into());
        self
    }

    /// Sets how long it may take to answer.
    #[must_use]
    pub fn with_ready_within(mut self, limit: Duration) -> Self {
        self.ready_within = limit;
        self
    }

    /// Sets the oldest version that will do.
    #[must_use]
    pub fn with_min_version(mut self, version: impl Into<ServerVersion>) -> Self {
        self.min_version = Some(version.into());
        self
    }

    /// Sets when it counts as dead, and when it is replaced.
    #[must_use]
    pub fn with_health(mut self, health: Health) -> Self {
        self.health = health;
        self
    }

    /// Sets where it is written down which servers run.
    ///
    /// Before a server is started, the records there are looked at. One whose owner is gone, by its number and by when
    /// it was started, names a server that was left over: if that still is the process that was started then, it is
    /// ended with all of its group, and on Linux with the commands of its agents. Processes that are not written down
    /// there are never touched. Any number of supervisors, in any number of processes of one user, may share a directory.
    #[must_use]
    pub fn with_records(mut self, directory: impl Into<PathBuf>) -> Self {
        self.records = Some(directory.into());
        self
    }
}

impl std::fmt::Debug for SupervisorOptions {
    /// Names of variables, and not what they hold.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.environment.iter().map(|(name, _)| name).collect();
        formatter
            .debug_struct("SupervisorOptions")
            .field("binary", &self.binary)
            .field("directory", &self.directory)
            .field("data", &self.data)
            .field("environment", &names)
            .field("passed_on", &self.passed_on)
            .field("ready_within", &self.ready_within)
            .field("min_version", &self.min_version)
            .field("health", &self.health)
            .field("records", &self.records)
            .finish()
    }
}
