//! The tier of projects that lie outside of the workspace, as those of everybody else do.
//!
//! Three ways in: a crate of ours without features, the facade with its defaults, and nothing but `cargo xtask`.
//! The first two get packages, as the registry would give them, and the third a copy of what git tracks.

mod alone;
mod copy;
mod example;
mod facade;
mod program;

use std::time::Instant;

use anyhow::Result;

use super::counts::Counts;
use super::services::Services;
use super::summary::TierReport;
use crate::process;
use crate::release::{package, unpacked::Unpacked};
use crate::workspace;

/// The name in the table.
pub(super) const TIER: &str = "outside";

/// One way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Alone,
    Facade,
    OnlyXtask,
}

impl Way {
    const ALL: [Self; 3] = [Self::Alone, Self::Facade, Self::OnlyXtask];

    /// The path by which a filter finds it.
    const fn path(self) -> &'static str {
        match self {
            Self::Alone => "outside::the_wire_alone_parses_a_stream",
            Self::Facade => "outside::the_readme_runs_on_the_facade",
            Self::OnlyXtask => "outside::a_copy_without_git_has_its_tasks",
        }
    }
}

/// What one of them did.
enum Verdict {
    Passed,
    /// As far as it goes on this machine.
    Skipped(String),
}

/// Runs those that were asked for.
pub(super) fn run(filter: Option<&str>, is_left_out: bool, services: &Services) -> TierReport {
    let mut report = TierReport::new(TIER);
    let ways: Vec<Way> = wanted(filter);
    if is_left_out {
        report.counts.skipped += ways.len();
        report.note("--skip-outside was given");
        return report;
    }
    // Packed once, and only where somebody wants it.
    let needs_packages = ways.iter().any(|way| *way != Way::OnlyXtask);
    let mut packages = if needs_packages { packages() } else { Ok(Packages::Impossible(String::new())) };
    for way in ways {
        process::forward(&format!("\n> {}", way.path()));
        let started = Instant::now();
        let verdict = match (&mut packages, way) {
            (_, Way::OnlyXtask) => copy::run(),
            (Ok(Packages::There(packages)), Way::Alone) => alone::run(packages),
            (Ok(Packages::There(packages)), Way::Facade) => facade::run(packages, services),
            (Ok(Packages::Impossible(reason)), _) => Ok(Verdict::Skipped(reason.clone())),
            (Err(error), _) => Err(anyhow::anyhow!("{error:#}")),
        };
        let seconds = started.elapsed().as_secs();
        match verdict {
            Ok(Verdict::Passed) => {
                report.counts += Counts::one_passed();
                process::forward(&format!("{} ... ok, {seconds} s", way.path()));
            }
            Ok(Verdict::Skipped(reason)) => {
                report.counts.skipped += 1;
                report.note(reason);
            }
            Err(error) => {
                process::forward(&format!("{} ... FAILED: {error:#}", way.path()));
                report.fail(format!("{} failed; see above", way.path()));
            }
        }
    }
    report
}

fn wanted(filter: Option<&str>) -> Vec<Way> {
    Way::ALL.into_iter().filter(|way| filter.is_none_or(|filter| way.path().contains(filter))).collect()
}

/// What the first two are given.
enum Packages {
    There(Unpacked),
    /// With the reason; the copy needs none.
    Impossible(String),
}

fn packages() -> Result<Packages> {
    match package::impossible()? {
        Some(reason) => Ok(Packages::Impossible(reason)),
        None => Ok(Packages::There(Unpacked::new(&package::all(&workspace::metadata()?)?)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_finds_them_by_their_paths() {
        assert_eq!(wanted(None), Way::ALL);
        assert_eq!(wanted(Some("outside::")), Way::ALL);
        assert_eq!(wanted(Some("readme")), [Way::Facade]);
        assert_eq!(wanted(Some("sse")), []);
    }
}
