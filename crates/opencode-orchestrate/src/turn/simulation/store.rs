//! The store of the simulated workers: the real rules in memory, behind a line that fails.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use opencode_store::event::{EventLog, EventPage};
use opencode_store::memory::MemoryStore;
use opencode_store::turn::{Lease, TurnId};
use opencode_store::wake::Watch;
use opencode_store::{Error, ErrorKind, Result};

use super::plan::Plan;
use super::world::World;

/// The store as a worker reaches it.
pub(super) struct FaultyStore {
    pub(super) memory: Arc<MemoryStore>,
    world: World,
    plan: Plan,
}

impl FaultyStore {
    pub(super) fn new(world: &World, plan: &Plan) -> Self {
        let memory = Arc::new(MemoryStore::with_clock(Arc::new(world.clone())));
        Self { memory, world: world.clone(), plan: plan.clone() }
    }

    /// Makes a call: it may fail before it is carried out, or afterwards.
    pub(super) async fn call<T>(
        &self,
        what: &'static str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.wait().await;
        if self.fails() {
            self.world.tell(|| format!("store: {what} fails before"));
            return Err(unavailable());
        }
        let done = work.now_or_never().expect("a store in memory never waits");
        self.wait().await;
        if self.fails() {
            self.world.tell(|| format!("store: {what} fails afterwards"));
            return Err(unavailable());
        }
        done
    }

    fn fails(&self) -> bool {
        self.world.now() < self.plan.faults_until && self.world.chance(self.plan.store_fails)
    }

    async fn wait(&self) {
        let is_slow = self.world.now() < self.plan.faults_until && self.world.chance(self.plan.store_slow);
        let time = if is_slow { 5..=1_500 } else { 0..=3 };
        self.world.sleep(self.world.millis(time)).await;
    }
}

fn unavailable() -> Error {
    Error::new(ErrorKind::Unavailable, "the simulated store fails")
}

impl std::fmt::Debug for FaultyStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FaultyStore").finish_non_exhaustive()
    }
}

/// For the log of a turn, which the product writes itself.
#[async_trait]
impl EventLog for FaultyStore {
    async fn append(&self, lease: &Lease, after: u64, payloads: &[String]) -> Result<u64> {
        self.call("append", self.memory.append(lease, after, payloads)).await
    }

    async fn read(&self, turn: TurnId, after: u64, limit: usize) -> Result<EventPage> {
        self.call("read", self.memory.read(turn, after, limit)).await
    }

    async fn prune(&self, ended_before: Duration, limit: usize) -> Result<usize> {
        self.memory.prune(ended_before, limit).await
    }

    fn watch_turn(&self, turn: TurnId) -> Watch {
        self.memory.watch_turn(turn)
    }
}
