//! The tier that talks to a real OpenCode server.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use opencode_testkit::real;

use super::cargo_test;
use super::in_ci;
use super::summary::TierReport;
use super::targets::{TestTargets, needs_real_server};
use crate::process;

/// Whether there is a server program for this run.
#[derive(Debug)]
pub(crate) enum Server {
    /// This program is used by every test.
    Ready(PathBuf),
    /// The person asked to leave the tier out.
    LeftOut,
    /// There is none and none could be fetched, for this reason.
    Missing(String),
}

/// Finds the server program, and fetches it where there is none, before any test starts.
///
/// Tests then neither fetch nor wait for each other, and a download is not measured as a test.
pub(crate) fn prepare(leave_out: bool) -> Server {
    if leave_out {
        return Server::LeftOut;
    }
    match find_or_fetch() {
        Ok(binary) => {
            process::forward(&format!("real server: {}", binary.display()));
            Server::Ready(binary)
        }
        Err(error) => {
            let reason = format!("{error:#}");
            process::forward(&format!("real server: {reason}"));
            Server::Missing(reason)
        }
    }
}

/// Runs every test that needs the server, or says which number of them is skipped and why.
pub(crate) fn run(server: &Server, filter: Option<&str>, targets: &TestTargets) -> Result<TierReport> {
    let mut report = TierReport::new("real server");
    let tests = match list(filter, targets) {
        Ok(tests) => tests,
        Err(error) => {
            report.fail(format!("{error:#}"));
            return Ok(report);
        }
    };
    if tests.is_empty() && filter.is_none() {
        report.fail("found no test to run");
        return Ok(report);
    }
    match server {
        Server::Ready(binary) => {
            for (binaries, names) in [(&targets.real, &tests.in_real), (&targets.mixed, &tests.in_mixed)] {
                // Without a name libtest would run everything in the binaries.
                if !names.is_empty() {
                    let mut command = cargo_test::integration_binaries(binaries);
                    command.args(["--", "--exact"]).args(names);
                    require(&mut command, binary);
                    cargo_test::run_tests(&mut command, &mut report)?;
                }
            }
        }
        Server::LeftOut => {
            report.counts.skipped += tests.len();
            report.note("--skip-real was given");
        }
        Server::Missing(reason) => {
            report.counts.skipped += tests.len();
            if in_ci() && !tests.is_empty() {
                report.fail(format!("with CI=true that is a failure: {reason}"));
            } else {
                report.note(reason.clone());
            }
        }
    }
    Ok(report)
}

/// The tests of this run that need the server.
#[derive(Debug)]
struct RealTests {
    in_real: Vec<String>,
    in_mixed: Vec<String>,
}

impl RealTests {
    fn len(&self) -> usize {
        self.in_real.len() + self.in_mixed.len()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn list(filter: Option<&str>, targets: &TestTargets) -> Result<RealTests> {
    let mut in_real = cargo_test::list_tests(&targets.real)?;
    let mut in_mixed = cargo_test::list_tests(&targets.mixed)?;
    in_mixed.retain(|test| needs_real_server(test));
    for tests in [&mut in_real, &mut in_mixed] {
        tests.retain(|test| filter.is_none_or(|filter| test.contains(filter)));
    }
    Ok(RealTests { in_real, in_mixed })
}

/// From here on a test that cannot have its server fails; the program is the one that was announced.
fn require(command: &mut Command, binary: &std::path::Path) {
    command.env("OPENCODE_BIN", binary).env("OPENCODE_TEST_REQUIRE", "1");
}

fn find_or_fetch() -> Result<PathBuf> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let binary = runtime.block_on(real::locate_or_install(|phase| eprintln!("{phase}")))?;
    Ok(binary.path().to_path_buf())
}
