//! The store of the simulated workers: the real rules in memory, behind a line that fails.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use opencode_store::event::{EventLog, EventPage};
use opencode_store::memory::MemoryStore;
use opencode_store::reply::{ReplyStore, Snapshot, StoredPart, UsageOf};
use opencode_store::turn::{Lease, TurnId};
use opencode_store::wake::Watch;
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::reply::Usage;

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

    /// Nothing is ever said here that no store takes.
    fn check(&self, lease: &Lease, refused: Option<&Error>) {
        let for_good = |error: &&Error| !error.is_transient() && error.kind() != ErrorKind::LeaseLost;
        if let Some(error) = refused.filter(for_good) {
            self.world.violate(format!("G17: what turn {} said could not be stored: {error}", lease.turn));
        }
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
        let appended = self.call("append", self.memory.append(lease, after, payloads)).await;
        // It is there already, by a call of which nothing was heard.
        self.check(lease, appended.as_ref().err().filter(|error| error.kind() != ErrorKind::Conflict));
        appended
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

/// For what a turn says, which the product writes itself.
#[async_trait]
impl ReplyStore for FaultyStore {
    async fn write_snapshot(&self, lease: &Lease, snapshot: &Snapshot) -> Result<()> {
        let written = self.call("write", self.memory.write_snapshot(lease, snapshot)).await;
        self.check(lease, written.as_ref().err());
        written
    }

    async fn parts(&self, turn: TurnId) -> Result<Vec<StoredPart>> {
        self.call("parts", self.memory.parts(turn)).await
    }

    async fn usage(&self, of: &UsageOf) -> Result<Usage> {
        self.call("usage", self.memory.usage(of)).await
    }
}
