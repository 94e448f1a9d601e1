//! The directory that the server works in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::RealError;
use crate::machine::output::tail_of;

/// Makes the directory, and a repository of it if asked to.
///
/// Returns the resolved path, which is the one the server reports.
pub(super) fn prepare(directory: &Path, repository: bool) -> Result<PathBuf, RealError> {
    fs::create_dir_all(directory).map_err(RealError::prepare(directory))?;
    let directory = if cfg!(windows) {
        directory.to_path_buf()
    } else {
        fs::canonicalize(directory).map_err(RealError::prepare(directory))?
    };
    if repository && !directory.join(".git").exists() {
        git(&directory, "init", &["--quiet"])?;
        // The server names a project after its first commit; without one all repositories are
        // one project.
        git(&directory, "commit", &["--quiet", "--allow-empty", "--message", "Start"])?;
    }
    Ok(directory)
}

fn git(directory: &Path, command: &'static str, arguments: &[&str]) -> Result<(), RealError> {
    let finished = Command::new("git")
        .args([
            "-c",
            "user.name=Test",
            "-c",
            "user.email=test@example.invalid",
            "-c",
            "commit.gpgsign=false",
            "-c",
            "core.hooksPath=",
        ])
        .arg(command)
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        // Inside somebody's hook these would lead git to another repository.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| RealError::Git { command, output: error.to_string() })?;
    if finished.status.success() {
        Ok(())
    } else {
        Err(RealError::Git { command, output: tail_of(&[finished.stdout, finished.stderr].concat()) })
    }
}
