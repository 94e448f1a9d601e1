//! Workers: they claim turns from the store and carry them to their ends, many at once.

mod load;
mod options;
mod shift;

use std::fmt;
use std::sync::Arc;

use opencode_store::session::SessionConfig;
use opencode_store::turn::Claim;
use opencode_wire::drive::CancellationToken;

pub use self::options::WorkerOptions;
use self::shift::Shift;
use crate::turn::TurnRunner;

type Configure = Arc<dyn Fn(&Claim) -> SessionConfig + Send + Sync>;

/// Claims turns from the store and carries them to their ends, many at once.
///
/// Any number of workers may work on one store, in one process or on many machines: the store gives each turn to one
/// of them, the turns of a session one after the other. A worker that ends unexpectedly leaves its turns to the others.
///
/// # Examples
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use opencode_orchestrate::turn::{RunOptions, TurnRunner};
/// use opencode_orchestrate::worker::Worker;
/// use opencode_store::Store;
/// use opencode_store::session::SessionConfig;
/// use opencode_wire::Client;
/// use opencode_wire::drive::CancellationToken;
///
/// let store = Store::open("sqlite://app.db").await?;
/// store.migrate().await?;
/// let runner = TurnRunner::new(store, Client::from_env()?, RunOptions::default());
/// let worker = Worker::new(runner, |claim| {
///     SessionConfig::new(format!("/srv/projects/{}", claim.session.subject.key()))
/// });
/// let stop = CancellationToken::new();
/// worker.run(stop).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Worker {
    runner: TurnRunner,
    configure: Configure,
    options: WorkerOptions,
}

impl Worker {
    /// A worker with the default options. `configure` says how the session of a turn is to be.
    pub fn new(
        runner: TurnRunner,
        configure: impl Fn(&Claim) -> SessionConfig + Send + Sync + 'static,
    ) -> Self {
        Self { runner, configure: Arc::new(configure), options: WorkerOptions::default() }
    }

    /// Sets how much it takes on.
    #[must_use]
    pub fn with_options(mut self, options: WorkerOptions) -> Self {
        self.options = options;
        self
    }

    /// Works until the token is cancelled. Then no more turns are claimed, and those at work are carried to their ends;
    /// what has not ended within [`drain`](WorkerOptions::drain) is handed over to other workers.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the turns at work as they are when a process dies: others claim them when their
    /// leases have ended.
    pub async fn run(&self, stop: CancellationToken) {
        Shift::new(self).run(stop).await;
    }

    /// Carries on what processes that are gone have left, and returns when nothing is left: for a host that has no
    /// workers, and restarts. It says how many turns have ended.
    ///
    /// A turn is known to be left when its lease has ended, so the call takes a lease at least. Turns that wait are
    /// taken, too. Cancelling the token ends it early, as [`run`](Self::run) ends.
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(worker: opencode_orchestrate::worker::Worker) {
    /// let ended = worker.recover(Default::default()).await;
    /// println!("{ended} turns were carried on");
    /// # }
    /// ```
    pub async fn recover(&self, stop: CancellationToken) -> usize {
        Shift::new(self).recover(stop).await
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Worker").field("options", &self.options).finish_non_exhaustive()
    }
}
