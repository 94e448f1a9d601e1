//! Where faults are told that change nothing about a turn.

use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use opencode_store::turn::TurnId;

/// A fault that was dealt with, and that somebody should know of.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report<'a> {
    /// What went wrong.
    pub error: &'a (dyn StdError + 'static),
    /// What was being done, in a few words: the name of a hook, `deciding a request`.
    pub during: &'static str,
    /// The turn that it is about.
    pub turn: Option<TurnId>,
    /// How bad it is.
    pub severity: Severity,
}

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Something of the host's own did not work; the turn went on.
    Warning,
    /// A turn failed.
    Error,
}

/// Takes reports of faults: to a log, or to a service that collects them.
///
/// It is called on the task of the turn, and must not block. A reporter that panics is passed over.
pub trait ErrorReporter: Send + Sync {
    /// Takes a report.
    fn report(&self, report: &Report<'_>);
}

/// Writes reports to the trace, at the level of their severity. The default.
#[derive(Debug, Clone, Copy, Default)]
pub struct TraceReporter;

impl ErrorReporter for TraceReporter {
    fn report(&self, report: &Report<'_>) {
        let Report { error, during, turn, severity } = report;
        let turn = turn.map(TurnId::get);
        match severity {
            Severity::Warning => tracing::warn!(turn, during, error, "something was passed over"),
            Severity::Error => tracing::error!(turn, during, error, "a turn failed"),
        }
    }
}

/// A reporter that cannot do harm.
#[derive(Clone)]
pub(crate) struct Reporter(Arc<dyn ErrorReporter>);

impl Reporter {
    pub(crate) fn new(reporter: Arc<dyn ErrorReporter>) -> Self {
        Self(reporter)
    }

    pub(crate) fn report(&self, report: &Report<'_>) {
        if catch_unwind(AssertUnwindSafe(|| self.0.report(report))).is_err() {
            tracing::error!(during = report.during, "the reporter of faults panicked");
        }
    }

    /// Tells of something of the host's own that did not work.
    pub(crate) fn warn(&self, during: &'static str, turn: TurnId, error: &(dyn StdError + 'static)) {
        self.report(&Report { error, during, turn: Some(turn), severity: Severity::Warning });
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Reporter")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Panics;

    impl ErrorReporter for Panics {
        fn report(&self, _: &Report<'_>) {
            panic!("a test shall see that this is contained");
        }
    }

    #[test]
    fn w63_a_reporter_that_panics_breaks_nothing() {
        let reporter = Reporter::new(Arc::new(Panics));
        reporter.warn("a test", TurnId::new(1), &std::io::Error::other("trouble"));
    }
}
