//! Holds a turn while it is carried: keeps its lease, and gives it back.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

use opencode_store::session::SessionConfig;
use opencode_store::turn::{Claim, Finished, TurnState};
use opencode_store::{ErrorKind, Result};
use opencode_wire::drive::CancellationToken;
use tokio::sync::watch;
use tokio::time::Instant;

use super::carrier::{Carrier, Tools};
use super::held::while_held;
use super::keeper::Keeper;
use super::steering::Steering;
use super::{TurnOutcome, TurnRunner};

/// Carries a turn to its end while its lease is kept, tells the host of its end, and hands it over when it cannot be
/// carried on now. `held_until` is when that ends, if it is known.
pub(super) async fn hold(
    runner: &TurnRunner,
    claim: Claim,
    held_until: Option<Instant>,
    config: &SessionConfig,
    token: CancellationToken,
    steering: &mut Steering,
) -> Result<Finished> {
    // Where it is not known, nothing is done before the lease was renewed.
    let (orders, heard) = watch::channel(held_until.unwrap_or_else(Instant::now));
    let held = heard.clone();
    let keeper = Keeper {
        turns: runner.store().turns(),
        lease: claim.lease.clone(),
        duration: runner.lease(),
        // Whoever takes over looks at once at what was asked of the turn; the others see it when they note that they
        // are about to prompt.
        held_until: held_until.filter(|_| claim.turn.state == TurnState::Claimed),
        token: token.clone(),
        orders,
    };
    let mut hooks = runner.hook_line(&claim);
    let is_ending = AtomicBool::new(false);
    let mut carrier = Carrier::new(Tools {
        runner,
        claim: &claim,
        config,
        token: &token,
        orders: heard,
        hooks: &mut hooks,
        steering,
        is_ending: &is_ending,
    });
    let done = {
        let mut carrying = pin!(carrier.carry());
        let is_held = || *held.borrow() > Instant::now();
        match while_held(is_held, carrying.as_mut(), keeper.keep()).await {
            Ok(done) => done,
            // The lease may be over because the turn is: then its end is on its way.
            Err(_) if is_ending.load(Ordering::SeqCst) => carrying.await,
            Err(lost) => Err(lost),
        }
    };
    let is_under_way = carrier.is_under_way();
    match &done {
        Ok(finished) => {
            if let Some(hooks) = hooks.filter(|_| finished.applied) {
                match TurnOutcome::load(runner.store(), finished.turn.clone()).await {
                    Ok(outcome) => hooks.finish(&outcome).await,
                    Err(error) => runner.reporter().warn("on_finished", claim.turn.id, &error),
                }
            }
        }
        Err(error) if error.kind() == ErrorKind::LeaseLost => {}
        // What was sent may still arrive, and so may what has joined and would be handed over with it: nobody asks
        // for it before the lease has ended.
        Err(_) if is_under_way || steering.has_joined() => {}
        Err(_) => {
            if let Err(error) = runner.store().turns().hand_over(&claim.lease).await {
                tracing::debug!(turn = %claim.turn.id, %error, "a turn could not be handed over; its lease ends by itself");
            }
        }
    }
    done
}
