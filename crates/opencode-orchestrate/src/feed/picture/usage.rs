//! What a turn used, as it is told to browsers.

use opencode_wire::reply::Usage;
use serde::{Deserialize, Serialize};

use super::ShownStep;

/// Tokens and cost of a turn, those of its sub-agents included.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TurnUsage {
    /// Steps that were counted.
    pub steps: u64,
    /// Tokens read, without those that came from a cache.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Tokens spent on reasoning.
    pub reasoning: u64,
    /// Tokens read from the provider's cache.
    pub cache_read: u64,
    /// Tokens written to the provider's cache.
    pub cache_write: u64,
    /// What it cost, in US dollars, to the billionth.
    pub cost: f64,
}

/// The store counts in billionths of a dollar, so that a sum does not depend on its order; so does this.
const NANOS: f64 = 1e9;

impl TurnUsage {
    pub(super) fn of(steps: &[ShownStep]) -> Self {
        let mut total = Self::default();
        for ShownStep { usage, .. } in steps {
            total.steps += 1;
            total.input = total.input.saturating_add(usage.input);
            total.output = total.output.saturating_add(usage.output);
            total.reasoning = total.reasoning.saturating_add(usage.reasoning);
            total.cache_read = total.cache_read.saturating_add(usage.cache_read);
            total.cache_write = total.cache_write.saturating_add(usage.cache_write);
            // A provider's catalogue may say anything; what is no amount of money counts as nothing.
            let cost = if usage.cost.is_finite() { usage.cost.max(0.0) } else { 0.0 };
            total.cost += (cost * NANOS).round();
        }
        total.cost /= NANOS;
        total
    }
}

impl From<Usage> for TurnUsage {
    fn from(usage: Usage) -> Self {
        Self {
            steps: usage.steps,
            input: usage.input,
            output: usage.output,
            reasoning: usage.reasoning,
            cache_read: usage.cache_read,
            cache_write: usage.cache_write,
            cost: usage.cost,
        }
    }
}
