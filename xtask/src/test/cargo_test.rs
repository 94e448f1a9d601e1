//! One `cargo test` (or `cargo check`) and what it says.

use std::process::Command;

use anyhow::{Result, bail};

use super::counts::{Counts, parse_listed};
use super::summary::TierReport;
use crate::process;
use crate::workspace;

/// `cargo test --workspace --all-features --no-fail-fast` with the given target flags.
pub(crate) fn whole_workspace(target_flags: &[&str]) -> Command {
    let mut command = workspace::cargo();
    command.args(["test", "--workspace", "--all-features", "--no-fail-fast"]).args(target_flags);
    command
}

/// The same for the integration test binaries with these names.
pub(crate) fn integration_binaries(names: &[String]) -> Command {
    let mut command = whole_workspace(&[]);
    for name in names {
        command.args(["--test", name]);
    }
    command
}

/// Runs a test command, shows its output, and adds its counts to `report`.
///
/// A command that fails without a failed test (it did not build, or a test binary was killed) counts as one failure.
pub(crate) fn run_tests(command: &mut Command, report: &mut TierReport) -> Result<()> {
    announce(command);
    let mut counts = Counts::default();
    let status = process::stream_lines(command, |line| {
        process::forward(line);
        if let Some(result) = Counts::parse(line) {
            counts += result;
        }
    })?;
    report.counts += counts;
    if !status.success() && counts.failed == 0 {
        let reason = status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"));
        report.fail(format!("{} ended with {reason} and without a failed test", process::display(command)));
    }
    Ok(())
}

/// Runs a command that either works or does not, and counts it as one test.
pub(crate) fn run_check(command: &mut Command, report: &mut TierReport) -> Result<()> {
    announce(command);
    let status = process::stream_lines(command, process::forward)?;
    if status.success() {
        report.counts += Counts::one_passed();
    } else {
        report.fail(format!("{} failed", process::display(command)));
    }
    Ok(())
}

/// The paths of the tests in these binaries, without running any.
///
/// # Errors
///
/// When they do not build.
pub(crate) fn list_tests(names: &[String]) -> Result<Vec<String>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut command = integration_binaries(names);
    command.args(["--", "--list"]);
    let mut tests = Vec::new();
    // Streamed and not captured: the binaries may have to be built first, and people want to see that.
    let status = process::stream_lines(&mut command, |line| {
        tests.extend(parse_listed(line).map(str::to_owned));
    })?;
    if !status.success() {
        bail!("the test binaries {} do not build", names.join(", "));
    }
    Ok(tests)
}

fn announce(command: &Command) {
    process::forward(&format!("\n> {}", process::display(command)));
}
