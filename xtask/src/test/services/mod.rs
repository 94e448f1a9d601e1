//! The tiers of the tests that need something running beside them: a real server, a database, an object store.
//!
//! Each is looked for, and fetched or started where it is missing, before any test starts.
//! Tests then neither fetch nor wait for each other, and a download is not measured as a test.

mod availability;
mod plan;
mod postgres;
mod real;
mod s3;
mod service;

use std::ffi::OsStr;

use anyhow::{Result, bail};
use opencode_testkit::postgres::Postgres;
use opencode_testkit::s3::S3;

use self::availability::Availability;
use self::plan::{Batch, batches};
use super::cargo_test;
use super::in_ci;
use super::summary::TierReport;
use super::targets::TestTargets;
use crate::process;

pub(crate) use self::service::Service;

/// What this run has; dropping it ends what was started for it.
#[derive(Debug)]
pub(crate) struct Services {
    real: Availability,
    postgres: Availability,
    s3: Availability,
    _started: (Option<Postgres>, Option<S3>),
}

impl Services {
    /// Sees to everything that `is_left_out` does not name.
    pub(crate) fn prepare(is_left_out: impl Fn(Service) -> bool) -> Self {
        let (real, _no_keeper) = Availability::of(is_left_out(Service::Real), real::prepare);
        let (postgres, database) = Availability::of(is_left_out(Service::Postgres), postgres::prepare);
        let (s3, endpoint) = Availability::of(is_left_out(Service::S3), s3::prepare);
        let services = Self { real, postgres, s3, _started: (database, endpoint) };
        for service in Service::ALL {
            process::forward(&format!("{}: {}", service.tier(), services.availability(service)));
        }
        services
    }

    fn availability(&self, service: Service) -> &Availability {
        match service {
            Service::Real => &self.real,
            Service::Postgres => &self.postgres,
            Service::S3 => &self.s3,
        }
    }

    /// The program of the real server, or why what needs it is skipped.
    ///
    /// # Errors
    ///
    /// When there is none although there must be one, as in CI.
    pub(crate) fn real_program(&self) -> Result<Result<&OsStr, String>> {
        match &self.real {
            Availability::Ready { value, .. } => Ok(Ok(value)),
            Availability::LeftOut => Ok(Err(format!("--skip-{} was given", Service::Real.name()))),
            Availability::Missing(reason) if in_ci() => bail!("with CI=true that is a failure: {reason}"),
            Availability::Missing(reason) => Ok(Err(reason.clone())),
        }
    }

    /// Runs every test that needs a service, each in one tier, or says how many are skipped and why.
    ///
    /// # Errors
    ///
    /// When cargo cannot be started at all.
    pub(crate) fn run(&self, filter: Option<&str>, targets: &TestTargets) -> Result<Vec<TierReport>> {
        let mut reports = Vec::new();
        let planned = batches(filter, targets);
        for service in Service::ALL {
            let mut report = TierReport::new(service.tier());
            match &planned {
                Ok(batches) => {
                    let own: Vec<&Batch> = batches.iter().filter(|batch| batch.tier() == service).collect();
                    if own.is_empty() && filter.is_none() {
                        report.fail("found no test to run");
                    }
                    for batch in own {
                        self.run_batch(batch, &mut report)?;
                    }
                }
                Err(error) => report.fail(format!("{error:#}")),
            }
            reports.push(report);
        }
        Ok(reports)
    }

    fn run_batch(&self, batch: &Batch, report: &mut TierReport) -> Result<()> {
        let mut command = cargo_test::integration_binaries(&batch.binaries);
        command.args(["--", "--exact"]).args(&batch.tests);
        // From here on a test that cannot have what it needs fails.
        command.env("OPENCODE_TEST_REQUIRE", "1");
        for service in &batch.needs {
            match self.availability(*service) {
                Availability::Ready { variable, value, .. } => {
                    command.env(variable, value);
                }
                Availability::LeftOut => {
                    report.counts.skipped += batch.tests.len();
                    report.note(format!("--skip-{} was given", service.name()));
                    return Ok(());
                }
                Availability::Missing(reason) => {
                    report.counts.skipped += batch.tests.len();
                    if in_ci() {
                        report.fail(format!("with CI=true that is a failure: {reason}"));
                    } else {
                        report.note(reason.clone());
                    }
                    return Ok(());
                }
            }
        }
        cargo_test::run_tests(&mut command, report)
    }
}
