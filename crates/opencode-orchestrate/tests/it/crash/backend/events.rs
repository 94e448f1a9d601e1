//! Event logs.

use std::time::Duration;

use async_trait::async_trait;
use opencode_store::Result;
use opencode_store::event::{EventLog, EventPage};
use opencode_store::turn::{Lease, TurnId};
use opencode_store::wake::Watch;

use super::WatchedStore;

#[async_trait]
impl EventLog for WatchedStore {
    async fn append(&self, lease: &Lease, after: u64, payloads: &[String]) -> Result<u64> {
        self.call("append", self.inner.events().append(lease, after, payloads)).await
    }

    async fn read(&self, turn: TurnId, after: u64, limit: usize) -> Result<EventPage> {
        self.call("read", self.inner.events().read(turn, after, limit)).await
    }

    async fn prune(&self, ended_before: Duration, limit: usize) -> Result<usize> {
        self.call("prune", self.inner.events().prune(ended_before, limit)).await
    }

    fn watch_turn(&self, turn: TurnId) -> Watch {
        self.inner.events().watch_turn(turn)
    }
}
