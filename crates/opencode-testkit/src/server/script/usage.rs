//! Tokens and cost of one model step.

use serde_json::{Value, json};

/// What one assistant message has used, in tokens, and its cost.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of the prompt that were not cached.
    pub input: u64,
    /// Tokens of the answer.
    pub output: u64,
    /// Tokens of reasoning.
    pub reasoning: u64,
    /// Prompt tokens read from a cache.
    pub cache_read: u64,
    /// Prompt tokens written to a cache.
    pub cache_write: u64,
    /// In dollars.
    pub cost: f64,
}

impl Usage {
    /// Input and output tokens, for a cost.
    #[must_use]
    pub const fn new(input: u64, output: u64, cost: f64) -> Self {
        Self { input, output, reasoning: 0, cache_read: 0, cache_write: 0, cost }
    }

    /// Sets the reasoning tokens.
    #[must_use]
    pub const fn with_reasoning(mut self, tokens: u64) -> Self {
        self.reasoning = tokens;
        self
    }

    /// Sets the cached tokens, read and written.
    #[must_use]
    pub const fn with_cache(mut self, read: u64, write: u64) -> Self {
        (self.cache_read, self.cache_write) = (read, write);
        self
    }

    /// The `tokens` object of messages and `step-finish` parts.
    pub(crate) fn tokens(&self) -> Value {
        json!({
            "total": self.input + self.output + self.reasoning + self.cache_read + self.cache_write,
            "input": self.input,
            "output": self.output,
            "reasoning": self.reasoning,
            "cache": {"read": self.cache_read, "write": self.cache_write},
        })
    }

    /// Adds this to the totals in a session's record.
    pub(crate) fn add_to(&self, info: &mut Value) {
        let add = |value: &mut Value, tokens: u64| *value = json!(value.as_u64().unwrap_or(0) + tokens);
        add(&mut info["tokens"]["input"], self.input);
        add(&mut info["tokens"]["output"], self.output);
        add(&mut info["tokens"]["reasoning"], self.reasoning);
        add(&mut info["tokens"]["cache"]["read"], self.cache_read);
        add(&mut info["tokens"]["cache"]["write"], self.cache_write);
        info["cost"] = json!(info["cost"].as_f64().unwrap_or(0.0) + self.cost);
    }
}

impl Default for Usage {
    /// 100 tokens in, 10 out.
    fn default() -> Self {
        Self::new(100, 10, 0.000_12)
    }
}
