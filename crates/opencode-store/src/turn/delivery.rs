//! What happens to a prompt when its session is busy.

use std::fmt;

/// What happens to a prompt when its session is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Delivery {
    /// It is refused.
    Reject,
    /// It waits for its turn: first in, first out.
    #[default]
    Queue,
    /// It joins the running turn at the next safe boundary; if that ends before, it runs ahead of what is queued.
    Steer,
    /// The running turn is stopped, and it runs next.
    Interrupt,
}

impl Delivery {
    const ALL: [Self; 4] = [Self::Reject, Self::Queue, Self::Steer, Self::Interrupt];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Queue => "queue",
            Self::Steer => "steer",
            Self::Interrupt => "interrupt",
        }
    }

    /// Reads the word in the database.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|delivery| delivery.as_str() == word)
    }

    /// The lane in which it waits: lower ones run first.
    #[must_use]
    pub const fn lane(self) -> i64 {
        match self {
            Self::Interrupt => 0,
            Self::Steer => 1,
            // What would have been refused does not wait; should it be re-laned, it waits like any other.
            Self::Queue | Self::Reject => 2,
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
