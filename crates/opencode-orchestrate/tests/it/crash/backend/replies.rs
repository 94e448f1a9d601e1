//! Parts and usage.

use async_trait::async_trait;
use opencode_store::Result;
use opencode_store::reply::{ReplyStore, Snapshot, StoredPart, UsageOf};
use opencode_store::turn::{Lease, TurnId};
use opencode_wire::reply::Usage;

use super::WatchedStore;
use crate::crash::said::{Said, say};

#[async_trait]
impl ReplyStore for WatchedStore {
    async fn write_snapshot(&self, lease: &Lease, snapshot: &Snapshot) -> Result<()> {
        if !snapshot.removed.is_empty() {
            say(&Said::TookAway);
        }
        self.call("write_snapshot", self.inner.replies().write_snapshot(lease, snapshot)).await
    }

    async fn parts(&self, turn: TurnId) -> Result<Vec<StoredPart>> {
        self.call("parts", self.inner.replies().parts(turn)).await
    }

    async fn usage(&self, of: &UsageOf) -> Result<Usage> {
        self.call("usage", self.inner.replies().usage(of)).await
    }
}
