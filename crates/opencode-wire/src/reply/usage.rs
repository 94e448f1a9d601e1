//! What a turn used.

use serde::{Deserialize, Serialize};

use crate::model::{StepFinish, Tokens};

/// Tokens and cost, of a step or summed over steps.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Usage {
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
    /// What it cost, in the currency of the model catalogue (US dollars).
    pub cost: f64,
}

impl Usage {
    pub(super) fn of_step(step: &StepFinish) -> Self {
        Self { steps: 1, cost: step.cost, ..Self::of_tokens(&step.tokens) }
    }

    fn of_tokens(tokens: &Tokens) -> Self {
        Self {
            input: tokens.input.get(),
            output: tokens.output.get(),
            reasoning: tokens.reasoning.get(),
            cache_read: tokens.cache.read.get(),
            cache_write: tokens.cache.write.get(),
            ..Self::default()
        }
    }
}

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, each| Self {
            steps: sum.steps + each.steps,
            input: sum.input.saturating_add(each.input),
            output: sum.output.saturating_add(each.output),
            reasoning: sum.reasoning.saturating_add(each.reasoning),
            cache_read: sum.cache_read.saturating_add(each.cache_read),
            cache_write: sum.cache_write.saturating_add(each.cache_write),
            cost: sum.cost + each.cost,
        })
    }
}

impl std::fmt::Display for Usage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} tokens in, {} out, ${:.6}", self.input, self.output, self.cost)
    }
}
