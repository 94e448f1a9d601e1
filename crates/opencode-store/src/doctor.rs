//! What is wrong with a store, in words.

use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// As it should be.
    Fine,
    /// It works, and will not for long, or not well.
    Warning,
    /// It does not work.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What was looked at, what it is, and the way out.
    pub message: String,
}

/// What a look at the whole store found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Diagnosis {
    /// What was looked at, in order.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// Adds what is as it should be.
    pub fn fine(&mut self, message: impl Into<String>) {
        self.add(Severity::Fine, message);
    }

    /// Adds what works and should be seen to.
    pub fn warn(&mut self, message: impl Into<String>) {
        self.add(Severity::Warning, message);
    }

    /// Adds what does not work.
    pub fn broken(&mut self, message: impl Into<String>) {
        self.add(Severity::Broken, message);
    }

    /// The worst that was found; fine when nothing was.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Fine)
    }

    fn add(&mut self, severity: Severity, message: impl Into<String>) {
        self.findings.push(Finding { severity, message: message.into() });
    }
}

impl fmt::Display for Diagnosis {
    /// One line for each finding.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let word = match finding.severity {
                Severity::Fine => "fine   ",
                Severity::Warning => "warning",
                Severity::Broken => "broken ",
            };
            writeln!(formatter, "{word} {}", finding.message)?;
        }
        Ok(())
    }
}
