//! `cargo xtask test`: everything that can be tested on this machine, tier by tier, and an honest count.
//!
//! `docs/TESTING.md` describes the tiers for people.

#![expect(clippy::disallowed_methods, reason = "this is where it is decided what may be skipped")]

mod cargo_test;
mod counts;
mod outside;
mod services;
mod summary;
mod targets;
mod wasm;

use std::env;

use anyhow::Result;

pub(crate) use self::counts::Counts;
use self::services::{Service, Services};
use self::summary::TierReport;
use self::targets::TestTargets;
use crate::process;
use crate::workspace;

/// What the person asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Leave out the tests that need a real OpenCode server
    #[arg(long)]
    skip_real: bool,
    /// Leave out the tests that need a PostgreSQL server
    #[arg(long)]
    skip_postgres: bool,
    /// Leave out the tests that need an S3 endpoint
    #[arg(long)]
    skip_s3: bool,
    /// Leave out the projects outside of the workspace
    #[arg(long)]
    skip_outside: bool,
    /// Run nothing but the projects outside of the workspace
    #[arg(long, conflicts_with = "skip_outside")]
    only_outside: bool,
    /// Run only tests whose path contains this text
    #[arg(last = true)]
    filter: Option<String>,
}

impl Arguments {
    fn filter(&self) -> Option<&str> {
        self.filter.as_deref()
    }

    fn leaves_out(&self, service: Service) -> bool {
        match service {
            Service::Real => self.skip_real,
            Service::Postgres => self.skip_postgres || self.only_outside,
            Service::S3 => self.skip_s3 || self.only_outside,
        }
    }
}

/// Runs all tiers and prints the table; `true` when nothing failed.
///
/// # Errors
///
/// When cargo cannot be started at all. A tier that fails is a line of the table, and the next tier still runs.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    if arguments.only_outside {
        let services = Services::prepare(|service| arguments.leaves_out(service));
        return Ok(finish(&[outside::run(arguments.filter(), false, &services)]));
    }
    let targets = TestTargets::of(&workspace::metadata()?);
    print_plan(arguments, &targets);
    // First of all, because a missing server should be known before minutes of compiling.
    let services = Services::prepare(|service| arguments.leaves_out(service));

    let mut unit = unit(arguments)?;
    let integration = integration(arguments, &targets)?;
    let doc = doc(arguments)?;
    let without_features = without_features(arguments)?;
    let with_services = services.run(arguments.filter(), &targets)?;
    let outside = outside::run(arguments.filter(), arguments.skip_outside, &services);
    let wasm = wasm::run()?;

    let filtered = [&unit, &integration, &doc, &outside].into_iter().chain(&with_services);
    let found_none = filtered.into_iter().all(|report| report.counts.is_empty());
    if let Some(filter) = arguments.filter().filter(|_| found_none) {
        unit.fail(format!("no test has `{filter}` in its path"));
    }
    let mut reports = vec![unit, integration, doc, without_features];
    reports.extend(with_services);
    reports.extend([outside, wasm]);
    Ok(finish(&reports))
}

/// Prints the table; `true` when nothing failed.
fn finish(reports: &[TierReport]) -> bool {
    process::forward("");
    process::forward(&summary::render(reports));
    summary::total(reports).failed == 0
}

/// Whether this is a CI run, where what cannot be tested is a failure.
fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| value == "true")
}

fn print_plan(arguments: &Arguments, targets: &TestTargets) {
    let mut lines = vec![
        "unit         inline tests of every crate, and that the examples build".to_owned(),
        format!(
            "integration  recorded streams, scripted server, scripted model, properties: [{}]",
            targets.mixed.join(", ")
        ),
        "doc          every example in the documentation and the READMEs".to_owned(),
        "no features  opencode-wire as the sans-IO half".to_owned(),
    ];
    lines.extend(Service::ALL.map(|service| {
        let what = if arguments.leaves_out(service) {
            "left out, as asked".to_owned()
        } else {
            let binaries = targets.of_service(service).join(", ");
            let names = service.patterns().join("` or `");
            format!("the whole of [{binaries}], and every other integration test with `{names}` in its path")
        };
        format!("{:<11}  {what}", service.tier())
    }));
    let outside = if arguments.skip_outside {
        "left out, as asked"
    } else {
        "the packaged crates in projects of somebody else, and a copy of this one without git"
    };
    lines.push(format!("{:<11}  {outside}", outside::TIER));
    lines.push("wasm          opencode-wire without features for wasm32-unknown-unknown".to_owned());
    for line in &lines {
        process::forward(&format!("plan: {line}"));
    }
    if let Some(filter) = arguments.filter() {
        process::forward(&format!("plan: only tests with `{filter}` in their path"));
    }
}

fn unit(arguments: &Arguments) -> Result<TierReport> {
    let mut report = TierReport::new("unit");
    let mut command = cargo_test::whole_workspace(&["--lib", "--bins", "--examples"]);
    command.arg("--").args(arguments.filter());
    cargo_test::run_tests(&mut command, &mut report)?;
    expect_tests(arguments, &mut report);
    Ok(report)
}

fn integration(arguments: &Arguments, targets: &TestTargets) -> Result<TierReport> {
    let mut report = TierReport::new("integration");
    // Without a name cargo would run all test binaries, the real server's included.
    if !targets.mixed.is_empty() {
        let mut command = cargo_test::integration_binaries(&targets.mixed);
        command.arg("--").args(arguments.filter()).args(Service::skip_all());
        cargo_test::run_tests(&mut command, &mut report)?;
    }
    expect_tests(arguments, &mut report);
    Ok(report)
}

fn doc(arguments: &Arguments) -> Result<TierReport> {
    let mut report = TierReport::new("doc");
    let mut command = cargo_test::whole_workspace(&["--doc"]);
    command.arg("--").args(arguments.filter());
    cargo_test::run_tests(&mut command, &mut report)?;
    expect_tests(arguments, &mut report);
    Ok(report)
}

fn without_features(arguments: &Arguments) -> Result<TierReport> {
    let mut report = TierReport::new("no features");
    let package = ["-p", "opencode-wire", "--no-default-features"];
    let mut check = workspace::cargo();
    check.arg("check").args(package);
    cargo_test::run_check(&mut check, &mut report)?;

    let mut tests = workspace::cargo();
    tests.arg("test").args(package).args(["--lib", "--no-fail-fast", "--"]).args(arguments.filter());
    cargo_test::run_tests(&mut tests, &mut report)?;
    Ok(report)
}

/// A tier that finds no test proves nothing, and would stay green for ever after a rename.
fn expect_tests(arguments: &Arguments, report: &mut TierReport) {
    if arguments.filter.is_none() && report.counts.is_empty() {
        report.fail("found no test to run");
    }
}
