//! Why an agent could not be used.

use crate::pool::PoolError;

/// Why an agent could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// The backend is disposed.
    #[error("the agent was shut down")]
    Disposed,
    /// There is no server for the session.
    #[error("no server could be had for the session")]
    Pool(#[from] PoolError),
    /// The agent could not be asked.
    #[error("the agent could not be asked for the session")]
    Unreachable(#[source] opencode_wire::Error),
    /// The turn or the session could not be stored, or not be carried on.
    #[error("the turn or the session could not be stored or carried on")]
    Store(#[from] opencode_store::Error),
    /// Nothing with that id waits for an answer.
    #[error("nothing with the id `{request}` waits for an answer")]
    NotAsked {
        /// The id.
        request: String,
    },
    /// The backend has no such thing.
    #[error("the agent cannot do this: {what}")]
    Unsupported {
        /// What.
        what: String,
    },
}
