//! Where a server of a pool comes from.

use opencode_wire::Client;

use super::PoolError;
#[cfg(feature = "supervisor")]
use crate::supervisor::{Hold, ServerState, ServerStatus, Supervisor, SupervisorOptions};

/// Where a server of a pool comes from. Made of a [`Client`], of a [`Supervisor`], or of its options.
#[derive(Debug, Clone)]
pub struct ServerSource(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// Somebody else runs it.
    Remote(Client),
    /// This process runs it.
    #[cfg(feature = "supervisor")]
    Local(Supervisor),
}

impl From<Client> for ServerSource {
    fn from(client: Client) -> Self {
        Self(Kind::Remote(client))
    }
}

#[cfg(feature = "supervisor")]
#[cfg_attr(docsrs, doc(cfg(feature = "supervisor")))]
impl From<Supervisor> for ServerSource {
    fn from(supervisor: Supervisor) -> Self {
        Self(Kind::Local(supervisor))
    }
}

#[cfg(feature = "supervisor")]
#[cfg_attr(docsrs, doc(cfg(feature = "supervisor")))]
impl From<SupervisorOptions> for ServerSource {
    /// A supervisor with these options. Must be called within a tokio runtime.
    fn from(options: SupervisorOptions) -> Self {
        Supervisor::new(options).into()
    }
}

/// A server that answers, and is not replaced while this is there.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) client: Client,
    #[cfg(feature = "supervisor")]
    local: Option<(Hold, u64)>,
}

impl ServerSource {
    /// Whether this process starts and ends it.
    pub(super) const fn is_local(&self) -> bool {
        !matches!(self.0, Kind::Remote(_))
    }

    /// The client, if there is a server at the moment.
    pub(super) fn client(&self) -> Option<Client> {
        match &self.0 {
            Kind::Remote(client) => Some(client.clone()),
            #[cfg(feature = "supervisor")]
            Kind::Local(supervisor) => supervisor.status().running.map(|running| running.client),
        }
    }

    /// Gives the server, and starts it when it does not run.
    #[cfg_attr(
        not(feature = "supervisor"),
        expect(clippy::unused_async, reason = "only local ones are started")
    )]
    pub(super) async fn reach(&self, _name: &str) -> Result<Reached, PoolError> {
        match &self.0 {
            Kind::Remote(client) => Ok(Reached {
                client: client.clone(),
                #[cfg(feature = "supervisor")]
                local: None,
            }),
            #[cfg(feature = "supervisor")]
            Kind::Local(supervisor) => {
                let failed = |source| PoolError::Start { name: _name.to_owned(), source };
                let server = supervisor.ensure().await.map_err(failed)?;
                let local = Some((server.hold(), server.generation()));
                Ok(Reached { client: server.client().clone(), local })
            }
        }
    }

    /// Waits until the server that was reached is gone, or was replaced. Nobody knows that of a remote one: what
    /// is asked of it then fails, until it is back.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub(super) async fn lost(&self, _reached: &Reached) {
        #[cfg(feature = "supervisor")]
        if let (Kind::Local(supervisor), Some((_, generation))) = (&self.0, &_reached.local) {
            let is_gone = |status: &ServerStatus| {
                status.running.as_ref().is_none_or(|running| running.generation != *generation)
            };
            let mut status = supervisor.watch();
            let _gone_too = status.wait_for(is_gone).await;
            return;
        }
        std::future::pending().await
    }

    /// Ends the server, and waits until it has; it is started when it is needed again.
    pub(super) async fn rest(&self) {
        #[cfg(feature = "supervisor")]
        if let Kind::Local(supervisor) = &self.0 {
            let mut status = supervisor.watch();
            loop {
                if is_at_rest(status.borrow_and_update().state) {
                    return;
                }
                // Once more after each change: one that is being started hears nothing of it.
                supervisor.recycle();
                if status.changed().await.is_err() {
                    return;
                }
            }
        }
    }
}

#[cfg(feature = "supervisor")]
const fn is_at_rest(state: ServerState) -> bool {
    matches!(state, ServerState::Idle | ServerState::Failed | ServerState::Stopped)
}
