//! What git knows of the workspace.

use std::process::Command;

use anyhow::Result;

use crate::process;
use crate::workspace;

/// The commit that is checked out, in full.
pub(super) fn head() -> Result<String> {
    Ok(ask(&["rev-parse", "HEAD"])?.trim().to_owned())
}

/// What differs from that commit, new files too, as `git status --short` shows it.
pub(super) fn changes() -> Result<Vec<String>> {
    lines(&["status", "--porcelain"])
}

/// The tags of the commit that is checked out.
pub(super) fn tags_at_head() -> Result<Vec<String>> {
    lines(&["tag", "--points-at", "HEAD"])
}

/// The tags that this commit has behind it, newest version first.
pub(super) fn tags_behind_head() -> Result<Vec<String>> {
    lines(&["tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname"])
}

/// Whether the clone lacks history, so that a tag may be missing because nobody fetched it.
pub(super) fn is_shallow() -> Result<bool> {
    Ok(ask(&["rev-parse", "--is-shallow-repository"])?.trim() == "true")
}

fn lines(arguments: &[&str]) -> Result<Vec<String>> {
    Ok(ask(arguments)?.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn ask(arguments: &[&str]) -> Result<String> {
    process::read_stdout(Command::new("git").args(arguments).current_dir(workspace::root()))
}
