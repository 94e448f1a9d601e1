//! What is done to texts on their way to people, while they stream.
//!
//! A stream cuts words and tags wherever it likes, so a transform that looked at each delta by itself would miss what
//! lies across two of them. A [`TextTransform`] has a memory instead: it holds back what may become something that it
//! looks for, and gives it out when the text ends.

mod automaton;
mod chain;
#[cfg(test)]
mod cuts;
mod redact;
mod strip_tags;

use std::fmt;
use std::sync::Arc;

pub(super) use self::chain::Chain;
pub use self::redact::Redact;
pub use self::strip_tags::StripTags;

/// What is done to one text while it streams.
///
/// Each text has an instance of its own. For every way in which a text is cut into deltas, what comes out has to be the
/// same, put together; and no more may be held back than is needed for that.
pub trait TextTransform: Send {
    /// Takes the next stretch of the text, and appends to `out` what is certain of the result.
    fn push(&mut self, delta: &str, out: &mut String);

    /// The text has ended: appends what was held back. The next stretch begins another text.
    fn flush(&mut self, out: &mut String);
}

type Factory = Arc<dyn Fn() -> Box<dyn TextTransform> + Send + Sync>;

/// What is done to the texts of a turn: none of it by default.
///
/// Transforms of one kind of text form a chain, in the order in which they were added. What is transformed is what the
/// model says and, by choice, what it thinks, of sub-agents too; inputs and outputs of tools are not.
#[derive(Clone, Default)]
pub struct Transforms {
    text: Vec<Factory>,
    reasoning: Vec<Factory>,
}

impl Transforms {
    /// Texts are told as they are.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a transform of what the model says. It is made anew for each part.
    #[must_use]
    pub fn with_text(mut self, make: impl Fn() -> Box<dyn TextTransform> + Send + Sync + 'static) -> Self {
        self.text.push(Arc::new(make));
        self
    }

    /// Adds a transform of what the model thinks. It is made anew for each part.
    #[must_use]
    pub fn with_reasoning(
        mut self,
        make: impl Fn() -> Box<dyn TextTransform> + Send + Sync + 'static,
    ) -> Self {
        self.reasoning.push(Arc::new(make));
        self
    }

    /// The chain for a new part.
    pub(super) fn chain(&self, is_reasoning: bool) -> Chain {
        let factories = if is_reasoning { &self.reasoning } else { &self.text };
        Chain::new(factories.iter().map(|make| make()).collect())
    }
}

impl fmt::Debug for Transforms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Transforms")
            .field("text", &self.text.len())
            .field("reasoning", &self.reasoning.len())
            .finish()
    }
}
