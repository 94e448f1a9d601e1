//! What a turn says: its log, its text and what it used. Whoever takes it over goes on from the rows.

use anyhow::Result;
use fastrand::Rng;
use opencode_store::reply::{Growing, PartBody, PartWrite, Snapshot, StepUsage};
use opencode_store::turn::{Claim, Lease};
use opencode_wire::ids::{PartId, SessionId};
use opencode_wire::model::Json;
use opencode_wire::reply::Usage;
use serde_json::json;

use super::Worker;
use crate::journal::Line;
use crate::plan::{TOKENS, said, said_until, step_part, text_part};

/// How far a turn has come.
pub(super) struct Reply {
    last_seq: u64,
    /// Whether the part that grows is stored.
    is_begun: bool,
    upstream: SessionId,
}

impl Reply {
    /// Goes on with a turn. `None` when it has no session, and none can be had.
    pub(super) async fn resume(worker: &Worker, claim: &Claim) -> Result<Option<Self>> {
        let ensured = super::sessions::ensure(worker, &claim.session.subject).await?;
        let Some(upstream) = ensured.and_then(|session| session.upstream_id) else { return Ok(None) };
        let parts = worker.store.replies().parts(claim.lease.turn).await;
        let Some(parts) = worker.journal.heed("parts", parts)? else { return Ok(None) };
        Ok(Some(Self { last_seq: claim.last_seq, is_begun: !parts.is_empty(), upstream }))
    }

    /// Says what the turn says in one step. `None` when somebody else does.
    pub(super) async fn step(
        &mut self,
        worker: &Worker,
        lease: &Lease,
        step: u64,
        chance: &mut Rng,
    ) -> Result<Option<()>> {
        let event = json!({ "turn": lease.turn, "attempt": lease.attempt, "step": step }).to_string();
        let events = vec![event; chance.usize(1..=4)];
        // Where the log ends by now: whoever has lost the turn knows that too, and is stopped by nothing but the lease.
        let page = worker.store.events().read(lease.turn, self.last_seq, 1).await;
        let Some(page) = worker.journal.heed("read", page)? else { return Ok(None) };
        self.last_seq = page.last_seq;
        let appended = worker.store.events().append(lease, self.last_seq, &events).await;
        let Some(last) = worker.journal.heed("append", appended)? else { return Ok(None) };
        self.last_seq = last;
        worker.journal.write(&Line::Appended { turn: lease.turn, last })?;

        let snapshot = self.snapshot(lease, step)?;
        // What is written twice is stored once.
        for _ in 0..chance.u64(1..=2) {
            let written = worker.store.replies().write_snapshot(lease, &snapshot).await;
            let Some(()) = worker.journal.heed("write_snapshot", written)? else { return Ok(None) };
        }
        self.is_begun = true;
        worker.journal.write(&Line::Written { turn: lease.turn })?;
        Ok(Some(()))
    }

    fn snapshot(&self, lease: &Lease, step: u64) -> Result<Snapshot> {
        let turn = lease.turn;
        let body = if self.is_begun {
            let at = said_until(turn, step).len() as u64;
            PartBody::Grown { at, text: said(turn, step) }
        } else {
            let growing = Some(Growing::new("text", said_until(turn, step + 1)));
            PartBody::Whole { body: Json::from_value(&json!({ "type": "text" }))?, growing }
        };
        let mut usage = Usage::default();
        (usage.steps, usage.input, usage.cost) = (1, TOKENS, 0.001);
        let mut snapshot = Snapshot::default();
        let part = PartId::from_wire(&text_part(turn));
        snapshot.parts.push(PartWrite::new(part, self.upstream.clone(), 1, body));
        let step = PartId::from_wire(&step_part(turn, step));
        snapshot.usage.push(StepUsage::new(step, self.upstream.clone(), usage));
        Ok(snapshot)
    }
}
