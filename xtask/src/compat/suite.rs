//! The tests on one version.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::semver::Version;
use opencode_testkit::real;

use super::record::Record;
use crate::{process, workspace};

/// Fetches a version and runs the tests on it.
pub(super) fn run(root: &Path, version: &Version) -> Result<Record> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let wanted = version.to_string();
    let install = real::install(&wanted, |phase| process::forward(&phase.to_string()));
    let binary = runtime.block_on(install).with_context(|| format!("OpenCode {version} cannot be had"))?;
    let mut command = workspace::cargo();
    command.args(["test", "--package", "opencode-wire", "--all-features", "--test", "it", "--", "real::"]);
    // A test without its server must fail and not pass.
    command.env("OPENCODE_BIN", binary.path()).env("OPENCODE_TEST_REQUIRE", "1");
    let mut tests = BTreeMap::new();
    // Failures are what is looked for here: the status says nothing besides.
    process::stream_lines(&mut command, |line| {
        process::forward(line);
        tests.extend(result_of(line).map(|(name, passed)| (name.to_owned(), passed)));
    })?;
    if tests.is_empty() {
        bail!("{} ran no test", process::display(&command));
    }
    Ok(Record::new(version.clone(), today(), commit(root)?, &tests))
}

/// Reads a line such as `test real::texts::a_name ... ok`.
fn result_of(line: &str) -> Option<(&str, bool)> {
    let (name, result) = line.strip_prefix("test real::")?.split_once(" ... ")?;
    match result {
        "ok" => Some((name, true)),
        "FAILED" => Some((name, false)),
        _ => None,
    }
}

fn commit(root: &Path) -> Result<String> {
    let git =
        |arguments: &[&str]| process::read_stdout(Command::new("git").current_dir(root).args(arguments));
    let commit = git(&["rev-parse", "--short=10", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no", "--", "crates"])?;
    let suffix = if changed.trim().is_empty() { "" } else { " with changes" };
    Ok(format!("{}{suffix}", commit.trim()))
}

/// Today, in UTC.
fn today() -> String {
    jiff::Timestamp::now().strftime("%F").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_and_everything_else_is_not() {
        assert_eq!(result_of("test real::texts::a_b ... ok"), Some(("texts::a_b", true)));
        assert_eq!(result_of("test real::ids::c ... FAILED"), Some(("ids::c", false)));
        assert_eq!(result_of("test real::ids::c has been running for over 60 seconds"), None);
        assert_eq!(result_of("test result: FAILED. 1 passed; 1 failed"), None);
    }
}
