//! What an agent does at the moment.

use serde::{Deserialize, Serialize};

/// What an agent does at the moment: what a dot beside its name shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AgentStatus {
    /// It works.
    Working,
    /// A request to its model failed, and it waits to try again.
    Retrying {
        /// Why the request failed, for people.
        message: String,
        /// The number of the coming try, from 1.
        attempt: u64,
        /// When it starts, in milliseconds since the Unix epoch; `None` where that is not known.
        next: Option<i64>,
    },
    /// It waits for a person. The prompted agent does so too while a sub-agent does.
    Blocked,
    /// It does nothing. The prompted agent's turn is over then.
    Idle,
}
