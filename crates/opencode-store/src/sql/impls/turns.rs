//! Turns over the queries.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;

use super::super::super::Database;
use super::super::claims::{self, Look};
use super::super::{finish, leases, stops, turns};
use super::rows;
use crate::error::Result;
use crate::session::SessionRowId;
use crate::text::{check_key, check_text};
use crate::turn::{
    Admission, Admitted, Claim, ClaimRequest, Delivery, Finished, Lease, Renewal, StopReason, StopRequested,
    TurnEnd, TurnFilter, TurnId, TurnRecord, TurnState, TurnStore,
};
use crate::wake::{Topic, Watch};

#[async_trait]
impl TurnStore for Database {
    async fn admit(&self, admission: &Admission) -> Result<Admitted> {
        let payload = admission.payload()?;
        self.admit_in_group(admission.clone(), payload).await
    }

    async fn turn(&self, id: TurnId) -> Result<Option<TurnRecord>> {
        self.read(move |tx| turns::by_id(tx, id).boxed()).await
    }

    async fn turn_by_message(&self, message_id: &MessageId) -> Result<Option<TurnRecord>> {
        let message_id = message_id.clone();
        self.read(move |tx| async move { turns::by_message(tx, &message_id).await }.boxed()).await
    }

    async fn prompt(&self, id: TurnId) -> Result<Option<Json>> {
        self.read(move |tx| turns::prompt(tx, id).boxed()).await
    }

    async fn turns(
        &self,
        session: SessionRowId,
        filter: TurnFilter,
        after: Option<TurnId>,
        limit: usize,
    ) -> Result<Vec<TurnRecord>> {
        self.read(move |tx| turns::list(tx, session.get(), filter, after, rows(limit)).boxed()).await
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Claim>> {
        check_key("owner of the claim", &request.owner)?;
        let request = Arc::new(request.clone());
        loop {
            let request = Arc::clone(&request);
            let look = self.write_repeatable(move |tx| {
                let request = Arc::clone(&request);
                async move { claims::claim(tx, &request).await }.boxed()
            });
            match look.await? {
                Look::Claimed(claim) => return Ok(Some(*claim)),
                Look::Nothing => return Ok(None),
                Look::Missed => {}
            }
        }
    }

    async fn take_steers(&self, lease: &Lease) -> Result<Vec<Claim>> {
        let lease = Arc::new(lease.clone());
        self.write_repeatable(move |tx| {
            let lease = Arc::clone(&lease);
            async move { claims::take_steers(tx, &lease).await }.boxed()
        })
        .await
    }

    async fn renew(&self, leases: &[Lease], duration: Duration) -> Result<Vec<Renewal>> {
        let all: Arc<[Lease]> = leases.into();
        self.write_repeatable(move |tx| {
            let all = Arc::clone(&all);
            async move { leases::renew(tx, &all, duration).await }.boxed()
        })
        .await
    }

    async fn hand_over(&self, lease: &Lease) -> Result<()> {
        let lease = lease.clone();
        self.write(move |tx| async move { leases::hand_over(tx, &lease).await }.boxed()).await
    }

    async fn advance(&self, lease: &Lease, to: TurnState) -> Result<TurnRecord> {
        let lease = Arc::new(lease.clone());
        self.write_repeatable(move |tx| {
            let lease = Arc::clone(&lease);
            async move { leases::advance(tx, &lease, to).await }.boxed()
        })
        .await
    }

    async fn finish(&self, lease: &Lease, end: &TurnEnd) -> Result<Finished> {
        check_text("sentence of the end", &end.message)?;
        check_text("detail of the end", end.detail.as_ref().map_or("", Json::as_str))?;
        let given = Arc::new((lease.clone(), end.clone()));
        self.write_repeatable(move |tx| {
            let given = Arc::clone(&given);
            async move { finish::finish(tx, &given.0, &given.1).await }.boxed()
        })
        .await
    }

    async fn request_stop(&self, id: TurnId, reason: StopReason) -> Result<StopRequested> {
        self.write(move |tx| stops::request(tx, id, reason).boxed()).await
    }

    async fn relane(&self, id: TurnId, delivery: Delivery) -> Result<TurnRecord> {
        self.write(move |tx| stops::relane(tx, id, delivery).boxed()).await
    }

    fn watch_work(&self) -> Watch {
        self.wakes().watch(Topic::Work)
    }

    fn watch_orders(&self, id: TurnId) -> Watch {
        self.wakes().watch(Topic::Orders(id))
    }
}
