//! Claims turns and works on them, step by step, as far as the lease goes.

use anyhow::Result;
use fastrand::Rng;
use opencode_store::turn::{Claim, ClaimRequest, EndKind, Lease, Renewal, TurnEnd, TurnFilter, TurnState};
use tokio::time::timeout;

use super::follow::Reply;
use super::{Worker, artifacts, pause};
use crate::journal::{Line, now};
use crate::plan::{STEPS, TURN_LEASE};

/// How often a worker has to find nothing until it believes that nothing is left: the leases of the dead have ended by
/// then.
const IDLE_ROUNDS: u32 = 12;

pub(super) async fn run(worker: Worker, mut chance: Rng) -> Result<()> {
    let turns = worker.store.turns();
    let request = ClaimRequest::new(&worker.owner, TURN_LEASE);
    let mut idle = 0;
    while !worker.is_stopping() || idle < IDLE_ROUNDS {
        let mut watch = turns.watch_work();
        let claim = worker.journal.heed("claim", turns.claim(&request).await)?;
        match claim.flatten() {
            Some(claim) => {
                idle = 0;
                worker.journal.claimed(&claim.lease)?;
                // Nothing means that the turn is somebody else's by now, or that it was let go.
                let _end = work(&worker, claim, &mut chance).await?;
            }
            None => {
                idle += 1;
                let _elapsed = timeout(TURN_LEASE / 5, watch.changed()).await;
            }
        }
    }
    Ok(())
}

/// Works on a turn to its end. `None` as soon as the lease is lost.
async fn work(worker: &Worker, claim: Claim, chance: &mut Rng) -> Result<Option<()>> {
    let lease = claim.lease.clone();
    let mut steers = if claim.is_take_over() { joined(worker, &lease).await? } else { Vec::new() };
    let Some(()) = begin(worker, &lease, claim.turn.state).await? else { return Ok(None) };
    let Some(mut reply) = Reply::resume(worker, &claim).await? else { return Ok(None) };
    for step in 0..STEPS {
        pause(chance, 40).await;
        if chance.u8(..40) == 0 {
            // A process that stood still for too long, and does not know it.
            pause(chance, 3000).await;
        }
        let Some(()) = reply.step(worker, &lease, step, chance).await? else { return Ok(None) };
        artifacts::make(worker, lease.turn, chance).await?;
        if chance.u8(..4) == 0 {
            let Some(()) = super::answer::ask(worker, &lease, step).await? else { return Ok(None) };
        }
        let renewed = worker.store.turns().renew(std::slice::from_ref(&lease), TURN_LEASE).await;
        match worker.journal.heed("renew", renewed)?.as_deref() {
            Some([Renewal::Renewed { stop: None, .. }]) => {
                worker.journal.write(&Line::Renewed { turn: lease.turn })?;
            }
            // Some look at what they are told, and others finish what they have begun.
            Some([Renewal::Renewed { stop: Some(_), .. }]) if chance.bool() => {
                return finish(worker, &lease, EndKind::Cancelled).await;
            }
            Some([Renewal::Lost]) => return Ok(None),
            _ => {}
        }
        steers.extend(take_steers(worker, &lease).await?);
        // Those that are left go their own way when this turn has ended.
        if let Some(steer) = steers.pop()
            && chance.bool()
        {
            finish(worker, &steer, EndKind::Completed).await?;
        }
    }
    if chance.u8(..30) == 0 {
        return worker.journal.heed("hand_over", worker.store.turns().hand_over(&lease).await);
    }
    finish(worker, &lease, EndKind::Completed).await
}

/// Makes the session, and posts the prompt unless it may have been posted before.
async fn begin(worker: &Worker, lease: &Lease, state: TurnState) -> Result<Option<()>> {
    let turns = worker.store.turns();
    if state == TurnState::Claimed {
        let Some(_) = worker.journal.heed("advance", turns.advance(lease, TurnState::Prompting).await)?
        else {
            return Ok(None);
        };
        worker.journal.write(&Line::Posted { turn: lease.turn })?;
    }
    let running = turns.advance(lease, TurnState::Running).await;
    Ok(worker.journal.heed("advance", running)?.map(|_| ()))
}

async fn finish(worker: &Worker, lease: &Lease, kind: EndKind) -> Result<Option<()>> {
    let (end, began) = (TurnEnd::new(kind, "ended by the soak"), now());
    let Some(finished) = worker.journal.heed("finish", worker.store.turns().finish(lease, &end).await)?
    else {
        return Ok(None);
    };
    if finished.applied {
        let kind = finished.turn.end.map_or_else(String::new, |end| end.kind.to_string());
        worker.journal.write(&Line::Finished { turn: lease.turn, kind, began })?;
    }
    Ok(Some(()))
}

async fn take_steers(worker: &Worker, lease: &Lease) -> Result<Vec<Lease>> {
    let taken = worker.store.turns().take_steers(lease).await;
    let mut leases = Vec::new();
    for claim in worker.journal.heed("take_steers", taken)?.unwrap_or_default() {
        worker.journal.claimed(&claim.lease)?;
        begin(worker, &claim.lease, claim.turn.state).await?;
        leases.push(claim.lease);
    }
    Ok(leases)
}

/// The leases of the turns that were steered into one that was taken over.
async fn joined(worker: &Worker, lease: &Lease) -> Result<Vec<Lease>> {
    let turns = worker.store.turns();
    let Some(Some(turn)) = worker.journal.heed("turn", turns.turn(lease.turn).await)? else {
        return Ok(Vec::new());
    };
    let open = turns.turns(turn.session, TurnFilter::Open, None, 100).await;
    let mut leases = Vec::new();
    for turn in worker.journal.heed("turns", open)?.unwrap_or_default() {
        if turn.joined_to == Some(lease.turn) && turn.owner.as_deref() == Some(&worker.owner) {
            let lease = Lease::new(turn.id, &worker.owner, turn.attempt);
            worker.journal.claimed(&lease)?;
            leases.push(lease);
        }
    }
    Ok(leases)
}
