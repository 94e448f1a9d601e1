//! A command that an agent offers.

use serde::{Deserialize, Serialize};

/// A command that an agent offers: a prompt with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentCommand {
    /// What it is called by, without the slash.
    pub name: String,
    /// What it does, for people; may be empty.
    pub description: String,
}

impl AgentCommand {
    /// A command.
    #[must_use]
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self { name: name.into(), description: description.into() }
    }
}
