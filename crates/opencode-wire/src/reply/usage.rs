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
        Self { steps: 1, cost: step.cost, ..Self::of_tokens(&step.tokens) }.normalised()
    }

    /// The same with a cost that is an amount of money: what is not a number, infinite or negative is 0, because one
    /// such figure would spoil every sum.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        if !(self.cost.is_finite() && self.cost > 0.0) {
            self.cost = 0.0;
        }
        self
    }

    /// Whether nothing was used: no tokens and no money, in however many steps.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        Self { steps: 0, ..self.normalised() } == Self::default()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_amount_of_money_costs_nothing() {
        for cost in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5, -0.0] {
            let step = StepFinish { cost, ..StepFinish::default() };
            let usage = Usage::of_step(&step);
            assert_eq!((usage.steps, usage.cost.to_bits()), (1, 0), "{cost}");
            assert!(usage.is_zero());
        }
        let usage = Usage { cost: 0.25, ..Usage::default() };
        assert_eq!(usage.normalised(), usage);
        assert!(!usage.is_zero());
        assert!(!Usage { reasoning: 1, ..Usage::default() }.is_zero());
    }
}
