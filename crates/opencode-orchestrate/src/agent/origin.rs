//! Whose event it is.

use serde::{Deserialize, Serialize};

/// Whose an event is.
///
/// As JSON it is `"prompted"`, or an object with the sub-agent: `{"sub_agent":"ses_2"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Origin {
    /// The agent that was prompted.
    #[default]
    Prompted,
    /// A sub-agent, however deep: an id that stays the same for as long as it works.
    SubAgent(String),
}

impl Origin {
    /// The sub-agent, unless it is the agent that was prompted.
    #[must_use]
    pub fn sub_agent(&self) -> Option<&str> {
        match self {
            Self::Prompted => None,
            Self::SubAgent(id) => Some(id),
        }
    }
}
