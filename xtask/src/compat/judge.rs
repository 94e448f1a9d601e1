//! What the result of one version means.

use super::differences::{DIFFERENCES, Difference};
use super::record::Record;
use super::rows::Row;

/// The result of one version beside what is known of it.
#[derive(Debug)]
pub(super) struct Judgement<'a> {
    /// Failed tests, and why; `None` is nobody knows.
    pub(super) failed: Vec<(&'a str, Option<&'static Difference>)>,
    /// Differences of which the tests saw nothing, with the test that has passed.
    stale: Vec<(&'static str, &'static Difference)>,
}

pub(super) fn judge(record: &Record) -> Judgement<'_> {
    judge_by(record, DIFFERENCES)
}

fn judge_by<'a>(record: &'a Record, differences: &'static [Difference]) -> Judgement<'a> {
    let known: Vec<_> = differences.iter().filter(|known| known.holds_for(&record.version)).collect();
    let why = |test: &str| known.iter().find(|known| known.tests.contains(&test)).copied();
    let failed = record.failed.iter().map(|test| (test.as_str(), why(test))).collect();
    let seen_always = known.iter().filter(|known| !known.sometimes);
    let stale = seen_always
        .flat_map(|known| known.tests.iter().map(|test| (*test, *known)))
        .filter(|(test, _)| !record.failed.contains(*test))
        .collect();
    Judgement { failed, stale }
}

impl Judgement<'_> {
    /// Whether every failed test has its reason.
    pub(super) fn is_understood(&self) -> bool {
        self.failed.iter().all(|(_, why)| why.is_some())
    }

    /// The failed tests of a row.
    pub(super) fn failed_in(&self, row: &Row) -> impl Iterator<Item = (&str, Option<&'static Difference>)> {
        self.failed.iter().filter(|(test, _)| row.has(test)).copied()
    }

    /// What must be changed before the page is true.
    pub(super) fn complaints(&self) -> Vec<String> {
        let unknown = self.failed.iter().filter(|(_, why)| why.is_none());
        let mut complaints: Vec<_> = unknown
            .map(|(test, _)| {
                format!("`{test}` fails: mend it, or say in xtask/src/compat/differences.rs what differs")
            })
            .collect();
        complaints.extend(self.stale.iter().map(|(test, known)| {
            format!("`{test}` passes, although of this version it is said: {}", known.says)
        }));
        complaints
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::parse;

    static KNOWN: [Difference; 2] = [
        Difference { tests: &["ids::a", "ids::b"], from: None, until: "1.2.99", sometimes: false, says: "x" },
        Difference { tests: &["ids::c"], from: Some("1.2.0"), until: "1.2.99", sometimes: true, says: "y" },
    ];

    fn record(version: &str, failed: &[&str]) -> Record {
        let tests = failed.iter().map(|test| ((*test).to_owned(), false)).collect();
        Record::new(parse(version).unwrap(), String::new(), String::new(), &tests)
    }

    #[test]
    fn a_failure_without_a_reason_is_complained_of() {
        let record = record("1.2.27", &["ids::a", "ids::b", "ids::c", "ids::d"]);
        let judgement = judge_by(&record, &KNOWN);
        assert!(!judgement.is_understood());
        assert_eq!(judgement.complaints().len(), 1, "{judgement:?}");
        assert!(judgement.complaints()[0].contains("`ids::d` fails"), "{judgement:?}");
    }

    #[test]
    fn a_difference_of_which_nothing_is_seen_is_complained_of_unless_it_is_luck() {
        let record = record("1.2.27", &["ids::a"]);
        let judgement = judge_by(&record, &KNOWN);
        assert!(judgement.is_understood());
        assert_eq!(judgement.complaints().len(), 1, "{judgement:?}");
        assert!(judgement.complaints()[0].contains("`ids::b` passes"), "{judgement:?}");
    }

    #[test]
    fn a_difference_holds_for_its_versions_only() {
        let of = |version| {
            judge_by(&record(version, &["ids::a", "ids::c"]), &KNOWN)
                .failed
                .iter()
                .filter(|f| f.1.is_some())
                .count()
        };
        assert_eq!(["1.1.53", "1.2.27", "1.3.0"].map(of), [1, 2, 0]);
    }
}
