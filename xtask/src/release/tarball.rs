//! A crate built and tested from its package.

use anyhow::Result;

use super::report::Outcome;
use super::unpacked::Unpacked;
use crate::process;

/// Runs all tests of one packaged crate, its examples and documentation included.
///
/// They run as they do everywhere: what needs something that is not at hand says so and passes, or fails with `CI=true`.
pub(super) fn test(name: &str, packages: &Unpacked) -> Result<Outcome> {
    let mut command = packages.cargo()?;
    command.args(["test", "--all-features", "--no-fail-fast", "--package", name]);
    // A snapshot that differs is a failure and not a new file.
    command.env("INSTA_UPDATE", "no");
    process::forward(&format!("> {}", process::display(&command)));
    let mut passed = 0;
    let status = process::stream_lines(&mut command, |line| {
        process::forward(line);
        passed += passed_in(line);
    })?;
    Ok(if !status.success() {
        Outcome::failed(format!("the tests of the packaged `{name}` failed; see above"))
    } else if passed == 0 {
        Outcome::failed(format!("the package of `{name}` has no test"))
    } else {
        Outcome::Passed(format!("{passed} tests"))
    })
}

/// How many tests a line of libtest says have passed.
fn passed_in(line: &str) -> usize {
    crate::test::Counts::parse(line).map_or(0, |counts| counts.passed)
}
