//! Commands of git, each with an environment of its own and a limit.

#![expect(clippy::disallowed_methods, reason = "this is where the environment of git is made from ours")]

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::WorktreeError;
use super::lock::Lock;
use super::process::{Ended, Running};
use super::redact::without_credentials;
use crate::supervisor::PASSED_ON;

/// So many bytes are read of what a command says. A list that is longer is not understood, instead of filling memory.
const LONGEST: u64 = 64 << 20;
/// So many characters of what a command complains about are told.
const TOLD: usize = 2000;

/// Nothing of the repository's is run, nothing asks, and nothing goes on in the background.
const SETTINGS: [&str; 9] = [
    "--no-pager",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
];

/// The program.
#[derive(Debug)]
pub(super) struct Git {
    program: PathBuf,
    environment: Vec<(OsString, OsString)>,
    limit: Duration,
}

/// What a command is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum At<'a> {
    /// The repository that this folder belongs to.
    Folder(&'a Path),
    /// A worktree, by the folder in which git keeps what it knows of it. It is not searched for: in a folder that has lost
    /// its repository git would find the one around it.
    Worktree { path: &'a Path, admin: &'a Path },
}

/// What a command has answered.
#[derive(Debug)]
pub(super) struct Answer {
    command: &'static str,
    pub(super) code: Option<i32>,
    pub(super) said: Vec<u8>,
    pub(super) complaint: String,
}

impl Git {
    /// Finds the program.
    pub(super) fn find(
        program: &Path,
        environment: Vec<(OsString, OsString)>,
        limit: Duration,
    ) -> Result<Self, WorktreeError> {
        let found =
            which::which(program).map_err(|_| WorktreeError::NoGit { program: program.to_owned() })?;
        Ok(Self { program: found, environment, limit })
    }

    /// Runs a command to its end. Dropping the future ends it, with all that it has started.
    ///
    /// A lock is held until the command has ended, even if this process ends first.
    pub(super) async fn run(
        &self,
        command: &'static str,
        at: At<'_>,
        arguments: &[&OsStr],
        lock: Option<&Lock>,
    ) -> Result<Answer, WorktreeError> {
        let disk = || WorktreeError::disk(&self.program);
        let mut process = self.command(command, at, arguments);
        process.stdin(match lock {
            Some(lock) => lock.as_stdin().map_err(disk())?,
            None => Stdio::null(),
        });
        let mut running = Running::spawn(process).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => WorktreeError::NoGit { program: self.program.clone() },
            _ => WorktreeError::Disk { path: self.program.clone(), source },
        })?;
        let Ok(ended) = tokio::time::timeout(self.limit, running.end(LONGEST)).await else {
            return Err(WorktreeError::TimedOut { command, after: self.limit });
        };
        let Ended { status, said, complaint } = ended.map_err(disk())?;
        if said.len() as u64 >= LONGEST {
            return Err(WorktreeError::Unreadable { command });
        }
        let complaint = String::from_utf8_lossy(&complaint).into_owned();
        Ok(Answer { command, code: status.code(), said, complaint })
    }

    fn command(&self, command: &'static str, at: At<'_>, arguments: &[&OsStr]) -> Command {
        let mut process = Command::new(&self.program);
        process.env_clear();
        process.envs(PASSED_ON.iter().filter_map(|name| std::env::var_os(name).map(|value| (name, value))));
        process.envs(self.environment.iter().map(|(name, value)| (name, value)));
        // In English and as it is, whatever the host or its user is used to: some of it is read.
        process.envs([("LC_ALL", "C"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_OPTIONAL_LOCKS", "0")]);
        process.args(SETTINGS);
        match at {
            At::Folder(path) => process.arg("-C").arg(path),
            At::Worktree { path, admin } => {
                process.arg("-C").arg(path).arg("--git-dir").arg(admin).arg("--work-tree").arg(path)
            }
        };
        process.args(command.split(' ')).args(arguments);
        process
    }
}

impl Answer {
    pub(super) fn is_ok(&self) -> bool {
        self.code == Some(0)
    }

    /// What it has said, if it succeeded.
    pub(super) fn ok(self) -> Result<Vec<u8>, WorktreeError> {
        if self.is_ok() { Ok(self.said) } else { Err(self.into_error()) }
    }

    /// The same as one line of text.
    pub(super) fn line(self) -> Result<String, WorktreeError> {
        let command = self.command;
        let said = String::from_utf8(self.ok()?).map_err(|_| WorktreeError::Unreadable { command })?;
        Ok(said.trim_end_matches(['\r', '\n']).to_owned())
    }

    pub(super) fn into_error(self) -> WorktreeError {
        let complaint = without_credentials(self.complaint.trim());
        let cut = complaint.char_indices().rev().nth(TOLD).map_or(0, |(index, _)| index);
        WorktreeError::Git { command: self.command, output: complaint[cut..].to_owned() }
    }
}
