//! What became of one invariant.

use serde::Serialize;

/// How many faults are told in words; the others are counted.
const SHOWN: usize = 10;

/// What became of one invariant.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    /// The invariant, as a sentence.
    pub(crate) invariant: &'static str,
    /// How many things it was looked for in.
    pub(crate) looked_at: usize,
    /// How many of them break it.
    pub(crate) broken: usize,
    /// What is wrong with the first of those.
    pub(crate) faults: Vec<String>,
}

impl Finding {
    pub(crate) fn new(invariant: &'static str) -> Self {
        Self { invariant, looked_at: 0, broken: 0, faults: Vec::new() }
    }

    pub(crate) fn fault(&mut self, fault: String) {
        self.broken += 1;
        if self.faults.len() < SHOWN {
            self.faults.push(fault);
        }
    }

    /// Looks at one thing more.
    pub(crate) fn expect(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        self.looked_at += 1;
        if !holds {
            self.fault(fault());
        }
    }
}
