//! `cargo xtask release dry-run` and `publish`.

use std::collections::BTreeSet;
use std::env;
use std::process::Command;

use anyhow::{Result, bail};

use super::record::Checked;
use super::{check, git, order, tag, versions};
use crate::process;
use crate::workspace;

/// What the person asked for.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The tag of the release; without it, the tag that the version asks for
    #[arg(long, value_name = "vX.Y.Z")]
    tag: Option<String>,
}

/// Checks everything, and then lets cargo do all but the upload; `true` when nothing failed.
///
/// # Errors
///
/// As [`check::run`].
pub(super) fn rehearse(arguments: &check::Arguments) -> Result<bool> {
    if !check::run(arguments)? {
        return Ok(false);
    }
    let mut command = workspace::cargo();
    // Built and tested they were, from their packages.
    command.args(["publish", "--dry-run", "--no-verify"]);
    for name in order::of(&workspace::metadata()?)? {
        command.args(["--package", &name]);
    }
    process::forward(&format!("\n> {}", process::display(&command)));
    Ok(process::stream_lines(&mut command, process::forward)?.success())
}

/// Publishes every crate that is not published yet, each after those that it needs.
///
/// # Errors
///
/// When this commit may not be published, or one crate is refused; what was published until then stays.
pub(super) fn run(arguments: &Arguments) -> Result<bool> {
    let metadata = workspace::metadata()?;
    let version = versions::of_workspace(&check::manifest()?).unwrap_or_default();
    let expected = tag::of(&version);
    let report = check::cheap(&metadata, Some(arguments.tag.as_deref().unwrap_or(&expected)))?;
    process::forward(&format!("\n{}", report.render()));
    let checked = Checked { version: version.clone(), commit: git::head()? };
    let refusals = refusals(report.has_failed(), checked.is_noted()?, &expected, &git::tags_at_head()?);
    if !refusals.is_empty() {
        bail!("nothing was published: {}", refusals.join("; "));
    }
    let names = order::of(&metadata)?;
    let there = names.iter().filter(|name| is_on_registry(name, &version)).cloned().collect();
    for (name, step) in plan(&names, &there) {
        match step {
            Step::Skip => process::forward(&format!("{name} {version} is on the registry already")),
            Step::Publish => publish(name)?,
        }
    }
    process::forward(&format!("\n{version} is published: {}", names.join(", ")));
    Ok(true)
}

fn publish(name: &str) -> Result<()> {
    let mut command = workspace::cargo();
    // Built and tested it was, from its package; here, nothing of anybody else's runs beside the token.
    command.args(["publish", "--no-verify", "--package", name]);
    process::forward(&format!("\n> {}", process::display(&command)));
    if !process::stream_lines(&mut command, process::forward)?.success() {
        bail!(
            "`{name}` was not published; mend that and run this again: what is published already is left alone"
        );
    }
    Ok(())
}

/// Why this commit may not be published.
fn refusals(has_failed: bool, is_checked: bool, expected: &str, at_head: &[String]) -> Vec<String> {
    let mut reasons = Vec::new();
    if has_failed {
        reasons.push("a check above failed".to_owned());
    }
    if !is_checked {
        reasons.push("this commit has not passed the whole of `cargo xtask release check`".to_owned());
    }
    if !at_head.iter().any(|tag| tag == expected) {
        reasons.push(format!("this commit has no tag `{expected}`"));
    }
    reasons
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Skip,
    Publish,
}

/// What becomes of each, in order; a part may be there from a time before.
fn plan<'a>(names: &'a [String], there: &BTreeSet<String>) -> Vec<(&'a str, Step)> {
    let step = |name: &str| if there.contains(name) { Step::Skip } else { Step::Publish };
    names.iter().map(|name| (name.as_str(), step(name))).collect()
}

/// Whether the registry has this version.
///
/// An answer that is not yes may be a network that is down; then publishing fails, and says so.
fn is_on_registry(name: &str, version: &str) -> bool {
    let mut command: Command = workspace::cargo();
    // Outside of the workspace, whose own crate of this name would answer.
    command.current_dir(env::temp_dir());
    command.args(["info", "--quiet", "--registry", "crates-io", &format!("{name}@{version}")]);
    process::read_stdout(&mut command).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_published_that_is_not_checked_and_tagged() {
        let tags = ["v0.2.0".to_owned()];
        assert_eq!(refusals(false, true, "v0.2.0", &tags), Vec::<String>::new());
        assert_eq!(refusals(true, true, "v0.2.0", &tags).len(), 1);
        assert_eq!(refusals(false, false, "v0.2.0", &tags).len(), 1);
        assert_eq!(refusals(false, true, "v0.2.1", &tags).len(), 1);
        assert_eq!(refusals(true, false, "v0.2.0", &[]).len(), 3);
    }

    #[test]
    fn what_was_published_before_is_left_alone() {
        let names = ["testkit", "wire", "host"].map(str::to_owned);
        let there = BTreeSet::from(["testkit".to_owned()]);
        assert_eq!(
            plan(&names, &there),
            [("testkit", Step::Skip), ("wire", Step::Publish), ("host", Step::Publish)]
        );
    }
}
