//! One server is a pool, too.

use opencode_wire::Client;

use super::{PoolBuilder, ServerPool};
#[cfg(feature = "supervisor")]
use crate::supervisor::Supervisor;

impl From<Client> for ServerPool {
    /// One server, which somebody else runs.
    fn from(client: Client) -> Self {
        PoolBuilder::single(client.into())
    }
}

impl From<&Client> for ServerPool {
    fn from(client: &Client) -> Self {
        client.clone().into()
    }
}

impl From<&Self> for ServerPool {
    fn from(pool: &Self) -> Self {
        pool.clone()
    }
}

#[cfg(feature = "supervisor")]
#[cfg_attr(docsrs, doc(cfg(feature = "supervisor")))]
impl From<Supervisor> for ServerPool {
    /// One server, which this process runs.
    fn from(supervisor: Supervisor) -> Self {
        PoolBuilder::single(supervisor.into())
    }
}

#[cfg(feature = "supervisor")]
#[cfg_attr(docsrs, doc(cfg(feature = "supervisor")))]
impl From<&Supervisor> for ServerPool {
    fn from(supervisor: &Supervisor) -> Self {
        supervisor.clone().into()
    }
}
