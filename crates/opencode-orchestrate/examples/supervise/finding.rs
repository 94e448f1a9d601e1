//! What was done, and what became of one invariant, as lines for whoever started this program.

use serde::Serialize;
use serde_json::json;

/// How many faults are told in words; the others are counted.
const SHOWN: usize = 10;

/// What became of one invariant.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    invariant: &'static str,
    looked_at: usize,
    broken: usize,
    faults: Vec<String>,
}

impl Finding {
    pub(crate) const fn new(invariant: &'static str) -> Self {
        Self { invariant, looked_at: 0, broken: 0, faults: Vec::new() }
    }

    /// Looks at one thing more.
    pub(crate) fn expect(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        self.looked_at += 1;
        if !holds {
            self.broken += 1;
            if self.faults.len() < SHOWN {
                self.faults.push(fault());
            }
        }
    }

    pub(crate) fn print(&self) {
        println!("{}", json!(self));
    }
}

/// Prints how often something was done, or how much of something there is.
pub(crate) fn count(operation: &str, count: usize) {
    println!("{}", json!({ "operation": operation, "count": count }));
}
