//! Whether an agent can be reached.

use std::fmt;

/// Whether an agent can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgentHealth {
    /// It answers.
    Up {
        /// The version that it says it is.
        version: String,
    },
    /// It does not run, and is started when it is needed.
    Idle,
    /// It does not answer.
    Down {
        /// Why, in words.
        why: String,
    },
}

impl AgentHealth {
    /// Whether a prompt can be expected to be answered.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        !matches!(self, Self::Down { .. })
    }
}

impl fmt::Display for AgentHealth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up { version } => write!(formatter, "up, version {version}"),
            Self::Idle => formatter.write_str("not started yet"),
            Self::Down { why } => write!(formatter, "down: {why}"),
        }
    }
}
