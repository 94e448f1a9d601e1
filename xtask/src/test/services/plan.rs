//! Which tests run together: those of the same binaries that need the same things.

use anyhow::Result;

use super::super::cargo_test;
use super::super::targets::TestTargets;
use super::service::Service;

/// Tests for one `cargo test`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) binaries: Vec<String>,
    /// Never empty; the first one is the tier.
    pub(super) needs: Vec<Service>,
    /// Never empty: without a name libtest would run everything in the binaries.
    pub(super) tests: Vec<String>,
}

impl Batch {
    pub(super) fn tier(&self) -> Service {
        self.needs[0]
    }
}

/// Asks the test binaries what is in them, and sorts what needs a service.
pub(super) fn batches(filter: Option<&str>, targets: &TestTargets) -> Result<Vec<Batch>> {
    let mut batches = Vec::new();
    for (owner, binaries) in targets.groups() {
        let mut tests = cargo_test::list_tests(binaries)?;
        tests.retain(|test| filter.is_none_or(|filter| test.contains(filter)));
        batches.extend(sort(owner, binaries, tests));
    }
    Ok(batches)
}

fn sort(owner: Option<Service>, binaries: &[String], tests: Vec<String>) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for test in tests {
        let named =
            Service::ALL.into_iter().filter(|service| Some(*service) != owner && service.is_needed_by(&test));
        let needs: Vec<Service> = owner.into_iter().chain(named).collect();
        if needs.is_empty() {
            continue;
        }
        match batches.iter_mut().find(|batch| batch.needs == needs) {
            Some(batch) => batch.tests.push(test),
            None => batches.push(Batch { binaries: binaries.to_vec(), needs, tests: vec![test] }),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_that_needs_something_is_in_one_batch() {
        let binaries = ["it".to_owned()];
        let tests = [
            "turn::ends",
            "postgres::keeps",
            "real::postgres::keeps",
            "real::turn",
            "postgres::ends",
            "s3::a",
        ];
        let batches = sort(None, &binaries, tests.map(str::to_owned).to_vec());
        let found: Vec<_> = batches.iter().map(|batch| (batch.tier(), batch.tests.join(" "))).collect();
        assert_eq!(
            found,
            [
                (Service::Postgres, "postgres::keeps postgres::ends".to_owned()),
                (Service::Real, "real::postgres::keeps".to_owned()),
                (Service::Real, "real::turn".to_owned()),
                (Service::S3, "s3::a".to_owned()),
            ]
        );
    }

    #[test]
    fn the_owner_of_a_binary_comes_first_and_once() {
        let binaries = ["s3_races".to_owned()];
        let tests = vec!["one".to_owned(), "s3::two".to_owned(), "postgres::three".to_owned()];
        let batches = sort(Some(Service::S3), &binaries, tests);
        assert_eq!(batches.len(), 2);
        assert_eq!((batches[0].needs.as_slice(), batches[0].tests.len()), ([Service::S3].as_slice(), 2));
        assert_eq!(batches[1].needs, [Service::S3, Service::Postgres]);
    }
}
