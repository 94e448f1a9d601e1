//! The programs that do what is soaked.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Message;

use crate::workspace;

/// Builds an example of `opencode-orchestrate` and says where it is: killing `cargo run` would not kill what it runs.
///
/// # Errors
///
/// When it does not compile; cargo has then said why on stderr.
pub(super) fn build(example: &str, features: &[&str]) -> Result<PathBuf> {
    let mut command = workspace::cargo();
    command.args(["build", "-p", "opencode-orchestrate", "--example", example]);
    command.args(["--features", &features.join(",")]);
    command.arg("--message-format=json-render-diagnostics").stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().context("cannot start cargo")?;
    if !output.status.success() {
        bail!("the example `{example}` does not build");
    }
    let mut program = None;
    for message in Message::parse_stream(output.stdout.as_slice()) {
        if let Message::CompilerArtifact(artifact) = message?
            && artifact.target.name == example
        {
            program = artifact.executable;
        }
    }
    Ok(program.with_context(|| format!("cargo has built no example `{example}`"))?.into_std_path_buf())
}

/// Gives it a task, and returns what it found, one JSON object per line.
///
/// # Errors
///
/// When it fails; the error says why.
pub(super) async fn ask(program: &Path, task: &str, orders: &str) -> Result<String> {
    let mut command = tokio::process::Command::new(program);
    command.args([task, orders]).stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.with_context(|| format!("cannot start `{task}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{task}` did not come to its end: {}", said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
