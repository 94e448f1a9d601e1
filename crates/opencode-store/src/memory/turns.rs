//! Turns in memory.

use std::time::Duration;

use async_trait::async_trait;
use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;

use super::MemoryStore;
use super::state::State;
use super::table::TurnRow;
use crate::error::Result;
use crate::session::SessionRowId;
use crate::turn::{
    Admission, Admitted, Claim, ClaimRequest, Delivery, Finished, Lease, Renewal, StopReason, StopRequested,
    TurnEnd, TurnFilter, TurnId, TurnRecord, TurnState, TurnStore,
};
use crate::wake::{Topic, Watch};

#[async_trait]
impl TurnStore for MemoryStore {
    async fn admit(&self, admission: &Admission) -> Result<Admitted> {
        self.step(|state| state.admit(admission))
    }

    async fn turn(&self, id: TurnId) -> Result<Option<TurnRecord>> {
        Ok(self.step(|state| state.turns.get(id).map(|row| row.record.clone())))
    }

    async fn turn_by_message(&self, message_id: &MessageId) -> Result<Option<TurnRecord>> {
        Ok(self.step(|state| state.turns.by_message(message_id).map(|row| row.record.clone())))
    }

    async fn prompt(&self, id: TurnId) -> Result<Option<Json>> {
        Ok(self.step(|state| state.turns.get(id).map(|row| row.prompt.clone())))
    }

    async fn turns(
        &self,
        session: SessionRowId,
        filter: TurnFilter,
        after: Option<TurnId>,
        limit: usize,
    ) -> Result<Vec<TurnRecord>> {
        Ok(self.step(|state| match filter {
            TurnFilter::Waiting => state.waiting(session),
            TurnFilter::Open => page(state.turns.open_of(session), after, limit),
            TurnFilter::All => {
                page(state.turns.all().filter(|row| row.record.session == session), after, limit)
            }
        }))
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Claim>> {
        self.step(|state| state.claim(request))
    }

    async fn take_steers(&self, lease: &Lease) -> Result<Vec<Claim>> {
        self.step(|state| state.take_steers(lease))
    }

    async fn renew(&self, leases: &[Lease], lease: Duration) -> Result<Vec<Renewal>> {
        Ok(self.step(|state| state.renew(leases, lease)))
    }

    async fn hand_over(&self, lease: &Lease) -> Result<()> {
        self.step(|state| state.hand_over(lease))
    }

    async fn advance(&self, lease: &Lease, to: TurnState) -> Result<TurnRecord> {
        self.step(|state| state.advance(lease, to))
    }

    async fn finish(&self, lease: &Lease, end: &TurnEnd) -> Result<Finished> {
        self.step(|state| state.finish(lease, end))
    }

    async fn request_stop(&self, id: TurnId, reason: StopReason) -> Result<StopRequested> {
        self.step(|state| state.request_stop(id, reason))
    }

    async fn relane(&self, id: TurnId, delivery: Delivery) -> Result<TurnRecord> {
        self.step(|state| state.relane(id, delivery))
    }

    fn watch_work(&self) -> Watch {
        self.wakes.watch(Topic::Work)
    }

    fn watch_orders(&self, id: TurnId) -> Watch {
        self.wakes.watch(Topic::Orders(id))
    }
}

impl State {
    /// The turns that nobody has begun with: the one that can be claimed, then the others as they will run.
    fn waiting(&self, session: SessionRowId) -> Vec<TurnRecord> {
        let waiting = self.turns.open_of(session).filter(|row| row.record.state.is_waiting());
        let mut waiting: Vec<&TurnRow> = waiting.collect();
        waiting.sort_by_key(|row| (row.record.state != TurnState::Ready, row.rank()));
        waiting.into_iter().map(|row| row.record.clone()).collect()
    }
}

fn page<'a>(rows: impl Iterator<Item = &'a TurnRow>, after: Option<TurnId>, limit: usize) -> Vec<TurnRecord> {
    let later = rows.map(|row| &row.record).filter(|record| after.is_none_or(|after| record.id > after));
    later.take(limit).cloned().collect()
}
