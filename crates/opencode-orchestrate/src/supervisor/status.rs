//! How a supervised server stands at the moment, for those who watch it.

use std::sync::Arc;

use opencode_wire::Client;

use super::{ServerState, StartError, Why};

/// How a supervised server stands at the moment.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServerStatus {
    /// How it stands.
    pub state: ServerState,
    /// What runs, if anything does.
    pub running: Option<Running>,
    /// Why it is being started again, if it is.
    pub restarts_because: Option<Why>,
    /// Why the last start came to nothing, if it did.
    pub error: Option<Arc<StartError>>,
}

/// A server that runs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Running {
    /// The client that has its password.
    pub client: Client,
    /// How many have been started by this supervisor before, and this one.
    pub generation: u64,
    /// The number of its process.
    pub pid: u32,
    /// The version that it says it is.
    pub version: String,
}

impl ServerStatus {
    /// Before anything was started.
    pub(super) const fn idle() -> Self {
        Self { state: ServerState::Idle, running: None, restarts_because: None, error: None }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        let generation = |status: &Self| status.running.as_ref().map(|running| running.generation);
        let error = |status: &Self| status.error.as_ref().map(Arc::as_ptr);
        self.state == other.state
            && generation(self) == generation(other)
            && self.restarts_because == other.restarts_because
            && error(self) == error(other)
    }
}
