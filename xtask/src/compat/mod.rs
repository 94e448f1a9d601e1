//! `cargo xtask compat`: which versions of the server this library was tried on, and what differs there.
//!
//! The tests of `opencode-wire` on a real server are run on each version. What came of it is kept in `xtask/compat`, a
//! file for each version; `docs/COMPATIBILITY.md` and the list of proven versions in `opencode-wire` are written from
//! these files, and `cargo xtask tidy` compares them.

mod differences;
mod judge;
mod page;
mod proven;
mod record;
mod rows;
mod suite;
mod versions;

use std::path::Path;

use anyhow::{Context as _, Result};
use cargo_metadata::semver::Version;

use self::judge::judge;
use self::record::Record;
use crate::tidy::Violation;
use crate::{process, workspace};

/// Arguments of `cargo xtask compat`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Versions such as 1.18.33, and `newest`; all that the page lists and the newest, unless some are named
    versions: Vec<String>,
    /// Write the page anew from what is recorded, and try nothing
    #[arg(long, conflicts_with = "versions")]
    page_only: bool,
}

/// Tries each version; `false` when something differs for which there is no reason in the list of differences.
///
/// # Errors
///
/// When a version cannot be fetched, or the tests cannot be run at all.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let root = workspace::root();
    let wanted = if arguments.page_only { Vec::new() } else { versions::wanted(&arguments.versions)? };
    let mut agrees = true;
    for version in &wanted {
        process::forward(&format!("\n== OpenCode {version}"));
        let record = suite::run(&root, version)?;
        record.write(&root)?;
        for complaint in judge(&record).complaints() {
            agrees = false;
            process::forward(&format!("{version}: {complaint}"));
        }
    }
    for (path, text) in outputs(&root)? {
        std::fs::write(root.join(path), text).with_context(|| format!("cannot write {path}"))?;
        process::forward(&format!("compat: wrote {path}"));
    }
    Ok(agrees)
}

/// What is wrong with the files that are written from the records, and with the list of rows.
///
/// # Errors
///
/// When a record cannot be read.
pub(crate) fn check(root: &Path) -> Result<Vec<Violation>> {
    let mut violations = rows::check(root)?;
    for (path, text) in outputs(root)? {
        let committed = std::fs::read_to_string(root.join(path)).unwrap_or_default();
        // A checkout on Windows may have other line ends.
        if committed.replace("\r\n", "\n") != text {
            let message = "is not what the records say; run `cargo xtask compat --page-only`";
            violations.push(Violation::of(path, message));
        }
    }
    Ok(violations)
}

fn outputs(root: &Path) -> Result<[(&'static str, String); 2]> {
    let records = Record::all(root)?;
    Ok([(page::PATH, page::render(&records)), (proven::PATH, proven::render(&records))])
}

/// The version in numbers.
fn parse(version: &str) -> Result<Version> {
    version.parse().with_context(|| format!("{version:?} is no version: write it like 1.18.33, or `newest`"))
}
