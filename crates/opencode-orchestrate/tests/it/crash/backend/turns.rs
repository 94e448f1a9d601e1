//! Turns.

use std::time::Duration;

use async_trait::async_trait;
use opencode_store::Result;
use opencode_store::session::SessionRowId;
use opencode_store::turn::{
    Admission, Admitted, Claim, ClaimRequest, Delivery, Finished, Lease, Renewal, StopReason, StopRequested,
    TurnEnd, TurnFilter, TurnId, TurnRecord, TurnState, TurnStore,
};
use opencode_store::wake::Watch;
use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;

use super::WatchedStore;
use crate::crash::points::Numbering;

#[async_trait]
impl TurnStore for WatchedStore {
    async fn admit(&self, admission: &Admission) -> Result<Admitted> {
        self.call("admit", self.inner.turns().admit(admission)).await
    }

    async fn turn(&self, id: TurnId) -> Result<Option<TurnRecord>> {
        self.call("turn", self.inner.turns().turn(id)).await
    }

    async fn turn_by_message(&self, message_id: &MessageId) -> Result<Option<TurnRecord>> {
        self.call("turn_by_message", self.inner.turns().turn_by_message(message_id)).await
    }

    async fn prompt(&self, id: TurnId) -> Result<Option<Json>> {
        self.call("prompt", self.inner.turns().prompt(id)).await
    }

    async fn turns(
        &self,
        session: SessionRowId,
        filter: TurnFilter,
        after: Option<TurnId>,
        limit: usize,
    ) -> Result<Vec<TurnRecord>> {
        self.call("turns", self.inner.turns().turns(session, filter, after, limit)).await
    }

    /// Workers ask again and again; the points are those of the first claim that gives a turn.
    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Claim>> {
        self.points.pass_next("store.claim.before", Numbering::First).await;
        let claim = self.inner.turns().claim(request).await;
        if matches!(claim, Ok(Some(_))) {
            self.points.pass_next("store.claim.after", Numbering::Every).await;
        }
        claim
    }

    async fn take_steers(&self, lease: &Lease) -> Result<Vec<Claim>> {
        self.timed_call("take_steers", self.inner.turns().take_steers(lease)).await
    }

    /// Besides the first one, the first that tells of a request to stop is a point.
    async fn renew(&self, leases: &[Lease], lease: Duration) -> Result<Vec<Renewal>> {
        let renewed = self.timed_call("renew", self.inner.turns().renew(leases, lease)).await;
        let tells_to_stop = |renewal: &Renewal| matches!(renewal, Renewal::Renewed { stop: Some(_), .. });
        if renewed.as_ref().is_ok_and(|renewed| renewed.iter().any(tells_to_stop)) {
            self.points.pass_next("store.renew.tells-to-stop", Numbering::First).await;
        }
        renewed
    }

    async fn hand_over(&self, lease: &Lease) -> Result<()> {
        self.call("hand_over", self.inner.turns().hand_over(lease)).await
    }

    async fn advance(&self, lease: &Lease, to: TurnState) -> Result<TurnRecord> {
        self.call(&format!("advance({to})"), self.inner.turns().advance(lease, to)).await
    }

    async fn finish(&self, lease: &Lease, end: &TurnEnd) -> Result<Finished> {
        self.call("finish", self.inner.turns().finish(lease, end)).await
    }

    async fn request_stop(&self, id: TurnId, reason: StopReason) -> Result<StopRequested> {
        self.call("request_stop", self.inner.turns().request_stop(id, reason)).await
    }

    async fn relane(&self, id: TurnId, delivery: Delivery) -> Result<TurnRecord> {
        self.call("relane", self.inner.turns().relane(id, delivery)).await
    }

    fn watch_work(&self) -> Watch {
        self.inner.turns().watch_work()
    }

    fn watch_orders(&self, id: TurnId) -> Watch {
        self.inner.turns().watch_orders(id)
    }
}
