//! The files of one server, and how its programs are run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::USER;
use super::account::Account;
use super::builder::PostgresBuilder;
use super::error::PostgresError;
use super::programs::Programs;
use crate::machine::output::tail_of;

/// A cluster in a directory of its own, gone when this is dropped.
#[derive(Debug)]
pub(super) struct Cluster {
    programs: Programs,
    account: Option<Account>,
    settings: Vec<(String, String)>,
    pub(super) limit: Duration,
    files: TempDir,
}

impl Cluster {
    /// Makes the directory and the cluster in it.
    pub(super) async fn create(builder: PostgresBuilder) -> Result<Self, PostgresError> {
        let programs = Programs::locate()?;
        let account = Account::needed()?;
        let files = tempfile::Builder::new()
            .prefix("opencode-postgres-")
            .tempdir()
            .map_err(PostgresError::prepare(std::env::temp_dir()))?;
        let cluster = Self { programs, account, settings: builder.settings, limit: builder.limit, files };
        cluster.give_away(cluster.root())?;
        cluster.initialise().await?;
        for (name, contents) in &builder.files {
            let path = cluster.data().join(name);
            fs::write(&path, contents).map_err(PostgresError::prepare(&path))?;
            cluster.make_private(&path)?;
        }
        Ok(cluster)
    }

    pub(super) fn root(&self) -> &Path {
        self.files.path()
    }

    pub(super) fn data(&self) -> PathBuf {
        self.root().join("data")
    }

    /// One of the programs, in the right name and without anything from our surroundings that would
    /// lead it elsewhere.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = plain(&self.programs, program);
        // The account may have no home, and no right to be where we are.
        command.env("HOME", self.root()).current_dir(self.root());
        if let Some(account) = self.account {
            account.run(&mut command);
        }
        command
    }

    /// The server itself, with the settings of the test behind our own, so that they win.
    pub(super) fn server(&self, port: u16) -> Command {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).args(["-c", "listen_addresses=127.0.0.1"]);
        command.arg("-c").arg(format!("port={port}"));
        command.arg("-c").arg(format!("unix_socket_directories={}", self.root().display()));
        for (name, value) in &self.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command
    }

    async fn initialise(&self) -> Result<(), PostgresError> {
        let mut command = self.command("initdb");
        command.arg("-D").arg(self.data()).args(["-U", USER, "-A", "trust"]);
        // Whether an empty cluster survives a power cut is nobody's question.
        command.args(["--locale=C", "-E", "UTF8", "--no-sync"]);
        let (success, output) = run(command).await?;
        if success { Ok(()) } else { Err(PostgresError::Initialise { output }) }
    }

    fn give_away(&self, path: &Path) -> Result<(), PostgresError> {
        self.account.map_or(Ok(()), |account| account.own(path)).map_err(PostgresError::prepare(path))
    }

    /// The server refuses a key that others can read.
    fn make_private(&self, path: &Path) -> Result<(), PostgresError> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let owner_only = fs::Permissions::from_mode(0o600);
            fs::set_permissions(path, owner_only).map_err(PostgresError::prepare(path))?;
        }
        self.give_away(path)
    }
}

/// A program as anybody would run it, but for the settings of somebody's own databases.
pub(super) fn plain(programs: &Programs, program: &str) -> Command {
    let mut command = Command::new(programs.path(program));
    for (name, _value) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    // Messages are read here, so that they must be in one language.
    command.env("LC_ALL", "C");
    command
}

/// Runs a program to its end: whether it worked, and what it printed.
pub(super) async fn run(command: Command) -> Result<(bool, String), PostgresError> {
    let program = PathBuf::from(command.get_program());
    let finished = tokio::process::Command::from(command)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| PostgresError::Spawn { program, source })?;
    Ok((finished.status.success(), tail_of(&[finished.stdout, finished.stderr].concat())))
}
