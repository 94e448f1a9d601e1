//! Why a server of a pool cannot be used.

use std::sync::Arc;

#[cfg(feature = "supervisor")]
use crate::supervisor::StartError;

/// Why a server of a pool cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// The pool has no server of that name: a session is pinned to it, or somebody has asked for it.
    #[error("the pool has no server named `{name}`: add it, or have the session made anew")]
    Unknown {
        /// The name.
        name: String,
    },
    /// No server takes new sessions: each is being drained, or has been.
    #[error("no server of the pool takes new sessions: all are drained")]
    AllDrained,
    /// The directory cannot be named in a request.
    #[error("the directory cannot be named in a request")]
    Directory {
        /// Why.
        source: Arc<opencode_wire::Error>,
    },
    /// The pool was shut down.
    #[error("the pool of servers was shut down")]
    ShutDown,
    /// The server could not be started.
    #[cfg(feature = "supervisor")]
    #[cfg_attr(docsrs, doc(cfg(feature = "supervisor")))]
    #[error("the server `{name}` could not be started")]
    Start {
        /// Its name.
        name: String,
        /// Why.
        source: Arc<StartError>,
    },
}
