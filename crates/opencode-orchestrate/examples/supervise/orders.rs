//! What an owner is told.

use std::path::{Path, PathBuf};

use opencode_orchestrate::supervisor::{DataDirectory, SupervisorOptions};
use serde::Deserialize;

/// The variable by which everything is known that this run has started.
pub(crate) const RUN: &str = "OPENCODE_SOAK_RUN";

/// Keeps real servers away from the network.
const QUIET: [&str; 4] = [
    "OPENCODE_DISABLE_MODELS_FETCH",
    "OPENCODE_DISABLE_AUTOUPDATE",
    "OPENCODE_DISABLE_DEFAULT_PLUGINS",
    "OPENCODE_DISABLE_LSP_DOWNLOAD",
];

/// What an owner is told.
#[derive(Debug, Deserialize)]
pub(crate) struct Orders {
    /// How often a server is started and ended.
    pub(crate) cycles: usize,
    /// Each time that this divides has a real server; none has if it is 0.
    pub(crate) real_every: usize,
    /// The program of a real one.
    pub(crate) real: Option<PathBuf>,
    /// Whether a server is to be busy for longer than its grace.
    pub(crate) busy: bool,
    /// A folder of its own.
    pub(crate) folder: PathBuf,
    /// What decides the chances.
    pub(crate) seed: u64,
}

impl Orders {
    /// The program of a real server, where that is its turn.
    pub(crate) fn real_for(&self, cycle: usize) -> Option<&Path> {
        self.real.as_deref().filter(|_| cycle.is_multiple_of(self.real_every))
    }

    /// The folder of the records.
    pub(crate) fn records(&self) -> PathBuf {
        self.folder.join("records")
    }

    /// What is in the environment of everything that this run has started.
    pub(crate) fn run(&self) -> String {
        format!("{RUN}={}", self.folder.display())
    }

    /// How a server is started: a real one, or this program.
    pub(crate) fn options(&self, real: Option<&Path>) -> anyhow::Result<SupervisorOptions> {
        let ours = std::env::current_exe()?;
        let mut options = SupervisorOptions::default()
            .with_binary(real.unwrap_or(&ours))
            .with_directory(&self.folder)
            .with_data(DataDirectory::Private(self.folder.join("home")))
            .with_records(self.records())
            .with_env(RUN, &self.folder);
        options.ready_within = std::time::Duration::from_secs(120);
        for name in QUIET {
            options = options.with_env(name, "1");
        }
        Ok(options)
    }
}
