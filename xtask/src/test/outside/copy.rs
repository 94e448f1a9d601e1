//! A copy of what git tracks, where there is no git: somebody has unpacked an archive and types `cargo xtask`.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::Verdict;
use crate::process;
use crate::tidy::files;
use crate::workspace;

/// Tasks that must work there, and look at every file between them.
const TASKS: [&[&str]; 2] = [&["codegen", "--check"], &["tidy", "--without-api"]];

pub(super) fn run() -> Result<Verdict> {
    let copy = tempfile::Builder::new()
        .prefix("opencode-copy-")
        .tempdir()
        .context("cannot make a folder for the copy")?;
    let root = workspace::root();
    for path in files::paths(&root)? {
        let (from, to) = (root.join(&path), copy.path().join(&path));
        if from.is_file() {
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::copy(&from, &to).with_context(|| format!("cannot copy {path}"))?;
        }
    }
    let target = workspace::target_directory()?;
    // The copy's xtask takes the place of the one that runs, which Windows refuses. Elsewhere what is compiled is shared.
    let target = if cfg!(windows) { target.join("outside") } else { target };
    for task in TASKS {
        let mut command: Command = workspace::cargo();
        command.current_dir(copy.path()).arg("xtask").args(task).env("CARGO_TARGET_DIR", &target);
        let status = process::stream_lines(&mut command, process::forward)?;
        ensure!(status.success(), "{} failed in a copy without git", process::display(&command));
    }
    Ok(Verdict::Passed)
}
