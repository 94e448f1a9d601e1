//! Carries a turn to its end while its lease is kept, with the turns that join it, as `turn::runner`, `turn::keeper` and
//! `turn::steering` do.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use opencode_store::event::EventLog as _;
use opencode_store::turn::{
    Claim, Finished, Lease, Renewal, TurnFilter, TurnRecord, TurnState, TurnStore as _,
};
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::drive::CancellationToken;
use tokio::sync::{oneshot, watch};

use super::super::super::held::while_held;
use super::super::Sim;
use super::super::plan::LEASE;
use super::super::world::{Group, Handle};
use super::carrier::{Carrier, Tools};

/// Carries a turn to its end, and those that join it.
pub(super) async fn run(sim: &Sim, group: Group, claim: Claim, asked: Duration) -> Result<Finished> {
    let mut steering = Steering { sim: sim.clone(), group, joined: Vec::new() };
    let done = hold(sim, group, claim, Some(asked + LEASE), &mut steering).await;
    if done.is_ok() {
        steering.finish().await;
    }
    done
}

fn run_joined(sim: Sim, group: Group, claim: Claim) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let mut steering = Steering { sim: sim.clone(), group, joined: Vec::new() };
        let _left_to_others = hold(&sim, group, claim, None, &mut steering).await;
    })
}

async fn hold(
    sim: &Sim,
    group: Group,
    claim: Claim,
    held_until: Option<Duration>,
    steering: &mut Steering,
) -> Result<Finished> {
    let token = CancellationToken::new();
    let (orders, heard) = watch::channel(held_until.unwrap_or_else(|| sim.world.now()));
    let held_until = held_until.filter(|_| claim.turn.state == TurnState::Claimed);
    let held = heard.clone();
    let is_ending = AtomicBool::new(false);
    let mut carrier = Carrier::new(Tools {
        sim,
        group,
        claim: &claim,
        token: &token,
        orders: heard,
        steering,
        is_ending: &is_ending,
    });
    let done = {
        let mut carrying = pin!(carrier.carry());
        let is_held = || *held.borrow() > sim.world.now();
        let keeper = keep(sim, &claim.lease, held_until, &token, &orders);
        match while_held(is_held, carrying.as_mut(), keeper).await {
            Ok(done) => done,
            // The lease may be over because the turn is: then its end is on its way.
            Err(_) if is_ending.load(Ordering::SeqCst) => carrying.await,
            Err(lost) => Err(lost),
        }
    };
    let is_under_way = carrier.is_under_way;
    match &done {
        Ok(finished) => {
            sim.world.tell(|| format!("turn {} has ended: {:?}", claim.turn.id, finished.turn.end))
        }
        Err(error) if error.kind() == ErrorKind::LeaseLost => {}
        Err(_) if is_under_way || !steering.joined.is_empty() => {}
        Err(_) => {
            let _best_effort = sim.store.call("hand_over", sim.store.memory.hand_over(&claim.lease)).await;
        }
    }
    done
}

/// Keeps a lease until the turn is somebody else's, and says so.
async fn keep(
    sim: &Sim,
    lease: &Lease,
    known: Option<Duration>,
    token: &CancellationToken,
    orders: &watch::Sender<Duration>,
) -> Error {
    let mut watch = sim.store.memory.watch_orders(lease.turn);
    let mut held_until = known.unwrap_or_else(|| sim.world.now() + LEASE);
    if known.is_some() {
        tokio::select! {
            biased;
            () = watch.changed() => {}
            () = sim.world.sleep_until(held_until - LEASE * 2 / 3) => {}
        }
    }
    loop {
        let asked = sim.world.now();
        let renewed =
            sim.store.call("renew", sim.store.memory.renew(std::slice::from_ref(lease), LEASE)).await;
        match renewed.as_deref() {
            Ok([Renewal::Renewed { stop, .. }]) => {
                held_until = asked + LEASE;
                if stop.is_some() {
                    token.cancel();
                }
            }
            Err(_) if sim.world.now() < held_until => {}
            Ok(_) | Err(_) => {
                sim.world.tell(|| format!("{} turn {}: the lease is lost", lease.owner, lease.turn));
                return Error::new(ErrorKind::LeaseLost, "the turn is somebody else's by now");
            }
        }
        orders.send_replace(held_until);
        tokio::select! {
            biased;
            () = watch.changed() => {}
            () = sim.world.sleep(LEASE / 3) => {}
        }
    }
}

/// Turns that join a running one.
pub(super) struct Steering {
    sim: Sim,
    group: Group,
    joined: Vec<(Handle, oneshot::Receiver<()>)>,
}

impl Steering {
    pub(super) async fn take(&mut self, head: &Claim) -> Result<()> {
        if head.turn.joined_to.is_some() {
            return Ok(());
        }
        let sim = self.sim.clone();
        match sim.store.call("take_steers", sim.store.memory.take_steers(&head.lease)).await {
            Ok(claims) => claims.into_iter().for_each(|claim| self.join(claim)),
            Err(error) if error.kind() == ErrorKind::LeaseLost => return Err(error),
            Err(_) => {}
        }
        Ok(())
    }

    pub(super) async fn take_over(&mut self, head: &Claim) -> Result<()> {
        let (sim, id) = (self.sim.clone(), head.turn.id);
        let store = &sim.store;
        let open = store.memory.turns(head.turn.session, TurnFilter::Open, None, 256);
        let open = store.call("turns", open).await?;
        for turn in open.into_iter().filter(|turn| turn.joined_to == Some(id)) {
            if let Some(claim) = claim_of(&sim, head, turn).await? {
                self.join(claim);
            }
        }
        Ok(())
    }

    fn join(&mut self, claim: Claim) {
        let (done, heard) = oneshot::channel();
        let run = run_joined(self.sim.clone(), self.group, claim);
        let handle = self.sim.world.spawn(self.group, async move {
            run.await;
            let _nobody_listens = done.send(());
        });
        self.joined.push((handle, heard));
    }

    async fn finish(mut self) {
        for (_, done) in &mut self.joined {
            let _broken_off = done.await;
        }
    }
}

impl Drop for Steering {
    fn drop(&mut self) {
        self.joined.iter().for_each(|(handle, _)| handle.cancel());
    }
}

async fn claim_of(sim: &Sim, head: &Claim, turn: TurnRecord) -> Result<Option<Claim>> {
    let prompt = sim.store.call("prompt", sim.store.memory.prompt(turn.id)).await?;
    let (Some(lease), Some(prompt)) = (turn.lease(), prompt) else { return Ok(None) };
    let last_seq = sim.store.read(turn.id, 0, 0).await?.last_seq;
    Ok(Some(Claim::new(lease, turn, head.session.clone(), prompt, last_seq)))
}
