//! A worker: some tasks that admit, some that work, and some that get into their way.

mod admit;
mod answer;
mod artifacts;
mod follow;
mod meddle;
mod sessions;
mod sweep;
mod work;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use opencode_orchestrate::upstream::ClientUpstream;
use opencode_store::Store;
use opencode_store::session::{Sessions, Subject};
use tokio::io::AsyncReadExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::journal::Journal;
use crate::orders::Orders;
use crate::plan;

/// How many tasks admit, and how many work, in each process.
const ADMITTERS: u64 = 2;
const WORKERS: u64 = 4;

/// What every task of a worker has.
#[derive(Debug, Clone)]
struct Worker {
    owner: String,
    store: Store,
    sessions: Sessions,
    upstream: ClientUpstream,
    journal: Journal,
    lasting: Arc<[Subject]>,
    fleeting: Arc<[Subject]>,
    /// Turns to true when nothing new is to be begun.
    stopping: watch::Receiver<bool>,
}

impl Worker {
    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// One of the subjects that have turns.
    fn any_subject(&self, chance: &mut Rng) -> &Subject {
        &self.lasting[chance.usize(..self.lasting.len())]
    }
}

/// Works until stdin ends, and then until there is nothing left to do.
pub(crate) async fn run(orders: Orders) -> Result<()> {
    let store = orders.open().await?;
    // The first ones race for it.
    store.migrate().await?;
    let (sessions, upstream) = orders.sessions(&store)?;
    let (stop, stopping) = watch::channel(false);
    let worker = Worker {
        journal: Journal::open(&orders.journals(), &orders.owner)?,
        owner: orders.owner,
        store,
        sessions,
        upstream,
        lasting: plan::lasting()?.into(),
        fleeting: plan::fleeting()?.into(),
        stopping,
    };
    let mut chances = Rng::with_seed(orders.seed);
    let mut tasks = JoinSet::new();
    for _ in 0..ADMITTERS {
        tasks.spawn(admit::run(worker.clone(), chances.fork()));
    }
    for _ in 0..WORKERS {
        tasks.spawn(work::run(worker.clone(), chances.fork()));
    }
    tasks.spawn(answer::run(worker.clone(), chances.fork()));
    tasks.spawn(meddle::run(worker.clone(), chances.fork()));
    tasks.spawn(sessions::run(worker.clone(), chances.fork()));
    tasks.spawn(sweep::run(worker, chances.fork()));

    let _end = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
    stop.send_replace(true);
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

/// Waits a while of a length that nobody has chosen.
async fn pause(chance: &mut Rng, at_most: u64) {
    tokio::time::sleep(Duration::from_millis(chance.u64(1..=at_most))).await;
}
