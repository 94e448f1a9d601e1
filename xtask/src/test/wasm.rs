//! The guard that keeps the sans-IO half compiling for browsers and plugins.

use std::path::Path;

use anyhow::Result;

use super::cargo_test;
use super::counts::Counts;
use super::summary::TierReport;
use crate::process;
use crate::tidy::tree;
use crate::workspace;

const TARGET: &str = "wasm32-unknown-unknown";

/// Compiles for wasm where the target is installed; else asks the dependency tree, which is nearly as good.
pub(crate) fn run() -> Result<TierReport> {
    let mut report = TierReport::new("wasm");
    if target_is_installed() {
        let mut command = workspace::cargo();
        command.args(["check", "-p", "opencode-wire", "--no-default-features", "--features", "operations"]);
        command.args(["--target", TARGET]);
        cargo_test::run_check(&mut command, &mut report)?;
        return Ok(report);
    }
    report.counts.skipped += 1;
    report.note(format!(
        "{TARGET} is not installed, so the dependency tree was checked instead; \
         allowed in CI too, where no target can be fetched"
    ));
    match tree::sans_io_half() {
        Ok(violations) if violations.is_empty() => report.counts += Counts::one_passed(),
        Ok(violations) => {
            for violation in &violations {
                process::forward(&violation.to_string());
            }
            report.fail("the dependency tree has crates that need an operating system");
        }
        Err(error) => report.fail(format!("{error:#}")),
    }
    Ok(report)
}

/// Asks the compiler and not rustup, because a distribution's Rust has no rustup.
fn target_is_installed() -> bool {
    let mut command = workspace::rustc();
    command.args(["--print", "target-libdir", "--target", TARGET]);
    process::read_stdout(&mut command).is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}
