//! Follows a turn to its end, as `turn::following` does.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use opencode_store::event::EventLog;
use opencode_store::reply::ReplyStore;
use opencode_store::turn::{TurnState, TurnStore as _};
use opencode_store::{ErrorKind, Result};
use opencode_wire::turn::Outcome;

use super::super::super::RunOptions;
use super::super::super::recorder::Recorder;
use super::super::Sim;
use super::carrier::Carrier;
use super::wire::Turn;

pub(super) async fn follow(carrier: &mut Carrier<'_>, mut turn: Box<Turn>) -> Result<(Outcome, Recorder)> {
    let (sim, claim) = (carrier.tools.sim, carrier.tools.claim);
    let began = sim.world.now();
    let (replies, events) =
        (Arc::clone(&sim.store) as Arc<dyn ReplyStore>, Arc::clone(&sim.store) as Arc<dyn EventLog>);
    let world = sim.world.clone();
    let elapsed = Box::new(move || world.now() - began);
    let mut recorder = Recorder::new(replies, events, claim, &RunOptions::default(), elapsed);
    if claim.is_take_over() {
        recorder.take_over().await?;
        carrier.tools.steering.take_over(claim).await?;
    }
    // Asked for before anybody listened.
    carrier.tools.orders.mark_changed();
    let mut is_seen = claim.turn.state == TurnState::Running;
    let mut is_compared = !claim.is_take_over();
    loop {
        carrier.is_under_way &= !turn.reply().is_accepted();
        if turn.reply().is_accepted() && !is_seen {
            let store = &sim.store;
            let seen = store.call("see", store.memory.advance(&claim.lease, TurnState::Running)).await;
            is_seen = match seen {
                Ok(_) => true,
                Err(error) if error.kind() == ErrorKind::LeaseLost => return Err(error),
                Err(_) => false,
            };
        }
        if turn.has_caught_up() && turn.reply().is_accepted() && !is_compared {
            is_compared = true;
            recorder.begin_anew(turn.reply());
        }
        // The product does whatever comes first; of what comes at once here the change is taken.
        tokio::select! {
            biased;
            change = turn.next() => {
                let Some(change) = change else { break };
                recorder.note(&change, turn.reply());
            }
            () = due(sim, recorder.due_at().map(|at| began + at)) => {}
            _ = carrier.tools.orders.changed() => carrier.tools.steering.take(claim).await?,
        }
        recorder.write_if_due(turn.reply()).await?;
    }
    Ok((turn.into_outcome(), recorder))
}

async fn due(sim: &Sim, at: Option<Duration>) {
    match at {
        Some(at) => sim.world.sleep_until(at).await,
        None => pending().await,
    }
}
