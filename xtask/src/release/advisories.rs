//! Licences, bans, sources and advisories, by cargo-deny and `.github/deny.toml`.

use anyhow::Result;

use super::report::Outcome;
use super::tool;
use crate::process;

const CONFIGURATION: [&str; 2] = ["--config", ".github/deny.toml"];

/// What our dependencies are allowed to be; needs no network.
pub(super) fn licences() -> Result<Outcome> {
    deny(&["bans", "licenses", "sources"], "cargo deny has said above what is not allowed")
}

/// What is known against our dependencies.
///
/// Without the database of advisories nothing is known, and that is a failure.
pub(super) fn advisories() -> Result<Outcome> {
    deny(
        &["advisories"],
        "cargo deny has said above which advisory there is, or that it cannot fetch them from github.com; \
         --without-advisories leaves this out, and says so",
    )
}

fn deny(which: &[&str], otherwise: &str) -> Result<Outcome> {
    let mut command = tool::DENY.command()?;
    command.args(["--log-level", "error"]).args(CONFIGURATION).arg("check").args(which);
    let status = process::stream_lines(&mut command, process::forward)?;
    Ok(if status.success() { Outcome::Passed(which.join(", ")) } else { Outcome::failed(otherwise) })
}
