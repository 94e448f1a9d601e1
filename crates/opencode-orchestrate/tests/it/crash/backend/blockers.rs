//! Questions and permission requests.

use async_trait::async_trait;
use opencode_store::Result;
use opencode_store::blocker::{Answered, BlockerRecord, BlockerState, BlockerStore, NewBlocker, OpenIn};
use opencode_store::turn::{Lease, TurnId};
use opencode_wire::model::Json;

use super::WatchedStore;

#[async_trait]
impl BlockerStore for WatchedStore {
    async fn ask(&self, lease: &Lease, request: &NewBlocker) -> Result<BlockerRecord> {
        self.call("ask", self.inner.blockers().ask(lease, request)).await
    }

    async fn answer(&self, turn: TurnId, request_id: &str, answer: &Json, by: &str) -> Result<Answered> {
        self.call("answer", self.inner.blockers().answer(turn, request_id, answer, by)).await
    }

    async fn settle(&self, lease: &Lease, request_id: &str, end: BlockerState) -> Result<bool> {
        self.call("settle", self.inner.blockers().settle(lease, request_id, end)).await
    }

    async fn blockers(&self, turn: TurnId) -> Result<Vec<BlockerRecord>> {
        self.call("blockers", self.inner.blockers().blockers(turn)).await
    }

    async fn open_blockers(&self, within: &OpenIn, limit: usize) -> Result<Vec<BlockerRecord>> {
        self.call("open_blockers", self.inner.blockers().open_blockers(within, limit)).await
    }
}
