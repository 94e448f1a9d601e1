//! What a new version may take away from those who use the last one, by cargo-semver-checks.

use anyhow::Result;

use super::report::Outcome;
use super::{git, tag, tool};
use crate::process;

/// Compares these crates with the last release.
pub(super) fn compare(names: &[String]) -> Result<Outcome> {
    if git::is_shallow()? {
        return Ok(Outcome::failed(
            "the clone has no history, so the last release cannot be known: fetch it whole",
        ));
    }
    let tags = git::tags_behind_head()?;
    let Some(last) = tag::last_before(&tags, &git::tags_at_head()?) else {
        return Ok(Outcome::Passed("no earlier release: nothing to compare with".to_owned()));
    };
    let mut command = tool::SEMVER_CHECKS.command()?;
    command.args(["semver-checks", "check-release", "--baseline-rev", last]);
    for name in names {
        command.args(["--package", name]);
    }
    let status = process::stream_lines(&mut command, process::forward)?;
    Ok(if status.success() {
        Outcome::Passed(format!("compared with {last}"))
    } else {
        Outcome::failed(format!(
            "cargo semver-checks has said above what {last} had and this has not: \
             mend it, or raise the version as far as it says"
        ))
    })
}
