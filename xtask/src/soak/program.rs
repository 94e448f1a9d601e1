//! The program that works on the store and checks it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Message;

use crate::workspace;

/// Builds the program and says where it is: killing `cargo run` would not kill what it runs.
///
/// # Errors
///
/// When it does not compile; cargo has then said why on stderr.
pub(super) fn build() -> Result<PathBuf> {
    let mut command = workspace::cargo();
    command.args(["build", "-p", "opencode-orchestrate", "--example", "soak"]);
    command.arg("--message-format=json-render-diagnostics").stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().context("cannot start cargo")?;
    if !output.status.success() {
        bail!("the example `soak` does not build");
    }
    let mut program = None;
    for message in Message::parse_stream(output.stdout.as_slice()) {
        if let Message::CompilerArtifact(artifact) = message?
            && artifact.target.name == "soak"
        {
            program = artifact.executable;
        }
    }
    Ok(program.context("cargo has built no example `soak`")?.into_std_path_buf())
}

/// Checks what the workers have left, and returns what was found, one JSON object per line.
///
/// # Errors
///
/// When the check itself fails; the error says why.
pub(super) async fn check(program: &Path, orders: &str) -> Result<String> {
    let mut command = tokio::process::Command::new(program);
    command.args(["check", orders]).stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.context("cannot start the check")?;
    if !output.status.success() {
        bail!("the check did not come to its end: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
