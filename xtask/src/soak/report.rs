//! What was done, and what was found.

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// One line of the check.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Operation { operation: String, count: usize },
    Invariant { invariant: String, looked_at: usize, broken: usize, faults: Vec<String> },
}

/// What was done, and what was found.
#[derive(Debug)]
pub(super) struct Report {
    title: String,
    lines: Vec<Line>,
}

impl Report {
    pub(super) const fn new(title: String) -> Self {
        Self { title, lines: Vec::new() }
    }

    /// Reads what the check has printed.
    ///
    /// # Errors
    ///
    /// When a line cannot be read.
    pub(super) fn read(&mut self, findings: &str) -> Result<()> {
        for line in findings.lines() {
            self.lines.push(serde_json::from_str(line).context("the check has printed something else")?);
        }
        Ok(())
    }

    /// Whether invariants were looked at, and none was broken.
    pub(super) fn is_sound(&self) -> bool {
        let mut broken = self.lines.iter().filter_map(|line| match line {
            Line::Invariant { broken, .. } => Some(*broken),
            Line::Operation { .. } => None,
        });
        broken.next().is_some_and(|first| first == 0) && broken.all(|broken| broken == 0)
    }

    /// The tables: what was done, and what was found.
    pub(super) fn render(&self) -> String {
        let mut text = format!("\n{}\n\n", self.title);
        for line in &self.lines {
            if let Line::Operation { operation, count } = line {
                text.push_str(&format!("{count:>9}  {operation}\n"));
            }
        }
        text.push_str("\n looked at  broken  invariant\n");
        for line in &self.lines {
            if let Line::Invariant { invariant, looked_at, broken, faults } = line {
                text.push_str(&format!("{looked_at:>10}  {broken:>6}  {invariant}\n"));
                for fault in faults {
                    text.push_str(&format!("{:>20}{fault}\n", "! "));
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(lines: &str) -> Report {
        let mut report = Report::new("sqlite: 7 kills in 60 s".to_owned());
        report.read(lines).unwrap();
        report
    }

    #[test]
    fn a_broken_invariant_is_told_with_its_faults() {
        let lines = r#"{"operation":"claimed","count":12}
{"invariant":"all is well","looked_at":3,"broken":0,"faults":[]}
{"invariant":"nothing is lost","looked_at":5,"broken":1,"faults":["turn 4"]}"#;
        let report = report(lines);
        assert!(!report.is_sound());
        let text = report.render();
        assert!(text.contains("sqlite: 7 kills in 60 s"), "{text}");
        assert!(text.contains("       12  claimed\n"), "{text}");
        assert!(text.contains("         5       1  nothing is lost\n                  ! turn 4\n"), "{text}");
    }

    #[test]
    fn nothing_looked_at_is_not_sound() {
        assert!(!report("").is_sound());
        assert!(report(r#"{"invariant":"x","looked_at":1,"broken":0,"faults":[]}"#).is_sound());
    }
}
