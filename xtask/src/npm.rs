//! What npm knows of the server.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::process;

/// The newest release of the server.
///
/// # Errors
///
/// When there is no npm, or it reaches no registry.
pub(crate) fn newest_server() -> Result<String> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let told = process::read_stdout(Command::new(npm).args(["view", "opencode-ai", "version"]))
        .context("npm, which comes with Node.js, says which release is the newest")?;
    let version = told.trim();
    ensure!(!version.is_empty(), "npm knows no release of opencode-ai");
    Ok(version.to_owned())
}
