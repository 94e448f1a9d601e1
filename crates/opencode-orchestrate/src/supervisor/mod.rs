//! A local `opencode serve` that is started when it is needed, watched, and ended with its owner.

mod course;
mod driver;
mod environment;
mod error;
mod health;
mod launch;
mod lifeline;
mod load;
mod mark;
mod options;
mod orphans;
mod output;
mod process;
mod random;
mod server;
mod state;
mod status;
#[cfg(target_os = "linux")]
mod strays;
mod verdict;

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use self::driver::{Driver, Order};
pub(crate) use self::environment::PASSED_ON;
pub use self::error::StartError;
pub use self::health::Health;
pub use self::options::{DataDirectory, SupervisorOptions};
pub use self::server::{Hold, Server};
pub use self::state::ServerState;
pub use self::status::{Running, ServerStatus};
pub use self::verdict::Why;

/// Starts one local server when it is needed, watches it, and ends it.
///
/// There is never more than one. It ends when the last clone of this, and the last [`Server`] and [`Hold`] that came of
/// it, are dropped, and when this process is gone, however it went. It listens on this machine alone, with a password
/// that nobody else knows.
///
/// # What ends with it
///
/// Its process group, and on Linux everything else that it has started: agents' commands run in sessions of their own,
/// and are found by a mark in their environment, `OPENCODE_HOST_MARK`. On other Unix systems such commands go on until
/// they end by themselves. On Windows the job that the server runs in ends all of it.
///
/// Should even what watches over this process be killed, whoever starts the next server with the same
/// [records](SupervisorOptions::with_records) ends what was left over.
///
/// # Examples
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use opencode_orchestrate::supervisor::{Supervisor, SupervisorOptions};
///
/// let supervisor = Supervisor::new(SupervisorOptions::default().pass_on("ANTHROPIC_API_KEY"));
/// let server = supervisor.ensure().await?;
/// println!("OpenCode {} answers", server.version());
/// let _working = server.hold();
/// let session = server.client().sessions().create("a question").await?;
/// println!("{}", session.prompt("Explain monads.").await?.outcome().await.into_reply()?.text());
/// supervisor.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Supervisor {
    orders: mpsc::UnboundedSender<Order>,
    status: watch::Receiver<ServerStatus>,
}

impl Supervisor {
    /// A supervisor of a server that is not started yet. Must be called within a tokio runtime.
    #[must_use]
    pub fn new(options: SupervisorOptions) -> Self {
        let (orders, heard) = mpsc::unbounded_channel();
        let (told, status) = watch::channel(ServerStatus::idle());
        tokio::spawn(Driver::new(options, heard, told).run());
        Self { orders, status }
    }

    /// Gives the server, and starts it when it does not run. Whoever calls meanwhile waits for the same start.
    ///
    /// Where the server is being replaced, it waits until everybody who holds the old one has let go of it.
    ///
    /// # Errors
    ///
    /// Why it cannot be started, with what it has printed last. For a while after that, longer each time, the same error
    /// is given without another try.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves a start that has begun to go on.
    pub async fn ensure(&self) -> Result<Server, Arc<StartError>> {
        let stopped = || Arc::new(StartError::Stopped);
        let mut status = self.status.clone();
        if self.orders.send(Order::Want).is_err() {
            return Err(stopped());
        }
        loop {
            let found = {
                let now = status.borrow_and_update();
                match (&now.state, &now.running, &now.error) {
                    (state, Some(running), _) if state.is_usable() => Some(Ok(running.clone())),
                    (ServerState::Failed, _, Some(error)) => Some(Err(Arc::clone(error))),
                    (ServerState::Stopped, ..) => Some(Err(stopped())),
                    _ => None,
                }
            };
            match found {
                Some(Ok(running)) => return Ok(Server::new(running, self.orders.clone())),
                Some(Err(error)) => return Err(error),
                None => status.changed().await.map_err(|_| stopped())?,
            }
        }
    }

    /// How the server stands.
    #[must_use]
    pub fn status(&self) -> ServerStatus {
        self.status.borrow().clone()
    }

    /// Tells whenever the server stands otherwise.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<ServerStatus> {
        self.status.clone()
    }

    /// Replaces the server as soon as nobody holds it.
    pub fn recycle(&self) {
        let _over = self.orders.send(Order::Recycle);
    }

    /// Ends the server, and waits until it has. It is not started any more.
    pub async fn stop(&self) {
        let mut status = self.status.clone();
        if self.orders.send(Order::Stop).is_ok() {
            let _over = status.wait_for(|status| status.state == ServerState::Stopped).await;
        }
    }
}
