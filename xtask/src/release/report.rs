//! What each check found, and the table of it.

use anyhow::Result;

use crate::process;

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It holds; what was looked at, in a few words.
    Passed(String),
    /// It does not hold; each reason says how to mend it.
    Failed(Vec<String>),
    /// It was not looked at, for this reason.
    LeftOut(String),
}

impl Outcome {
    /// Passed with these words unless something is wrong.
    pub(super) fn of(wrong: Vec<String>, passed: impl Into<String>) -> Self {
        if wrong.is_empty() { Self::Passed(passed.into()) } else { Self::Failed(wrong) }
    }

    /// Failed for one reason.
    pub(super) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed(vec![reason.into()])
    }
}

/// Every check with what it found, in the order in which they ran.
#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<(String, Outcome)>,
}

impl Report {
    /// Runs a check and keeps what it found; an accident counts as failed.
    pub(super) fn run(&mut self, name: impl Into<String>, check: impl FnOnce() -> Result<Outcome>) {
        let name = name.into();
        process::forward(&format!("\n== {name}"));
        let outcome = check().unwrap_or_else(|error| Outcome::failed(format!("{error:#}")));
        self.add(name, outcome);
    }

    /// Keeps what a check found.
    pub(super) fn add(&mut self, name: impl Into<String>, outcome: Outcome) {
        self.lines.push((name.into(), outcome));
    }

    /// Whether any check failed.
    pub(super) fn has_failed(&self) -> bool {
        self.lines.iter().any(|(_, outcome)| matches!(outcome, Outcome::Failed(_)))
    }

    /// Whether every check ran and passed.
    pub(super) fn is_whole(&self) -> bool {
        self.lines.iter().all(|(_, outcome)| matches!(outcome, Outcome::Passed(_)))
    }

    /// The table; the last line is exactly `N passed, N failed, N left out`.
    pub(super) fn render(&self) -> String {
        let width = self.lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let mut text = String::new();
        let (mut passed, mut failed, mut left_out) = (0, 0, 0);
        for (name, outcome) in &self.lines {
            let (verdict, words) = match outcome {
                Outcome::Passed(words) => {
                    passed += 1;
                    ("passed", words.clone())
                }
                Outcome::Failed(reasons) => {
                    failed += 1;
                    // One reason a line, below each other.
                    ("FAILED", reasons.join(&format!("\n{:width$}            ", "")))
                }
                Outcome::LeftOut(reason) => {
                    left_out += 1;
                    ("left out", reason.clone())
                }
            };
            text.push_str(&format!("{name:width$}  {verdict:8}  {words}\n"));
        }
        text.push_str(&format!("\n{passed} passed, {failed} failed, {left_out} left out"));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_line_and_the_last_one_counts() {
        let mut report = Report::default();
        report.add("versions", Outcome::Passed("all are 0.1.0".to_owned()));
        report.add("tag", Outcome::LeftOut("no --tag was given".to_owned()));
        assert!(!report.has_failed() && !report.is_whole());
        report.add("tree", Outcome::of(vec!["a.rs is changed".to_owned(), "b.rs is new".to_owned()], ""));
        assert!(report.has_failed() && !report.is_whole());
        assert_eq!(
            report.render(),
            "versions  passed    all are 0.1.0\n\
             tag       left out  no --tag was given\n\
             tree      FAILED    a.rs is changed\n                    b.rs is new\n\
             \n1 passed, 1 failed, 1 left out"
        );
    }

    #[test]
    fn an_accident_is_a_failure_and_nothing_but_passes_is_whole() {
        let mut report = Report::default();
        report.run("versions", || Ok(Outcome::of(Vec::new(), "fine")));
        assert!(report.is_whole() && !report.has_failed());
        report.run("tree", || anyhow::bail!("there is no git"));
        assert!(report.has_failed());
    }
}
