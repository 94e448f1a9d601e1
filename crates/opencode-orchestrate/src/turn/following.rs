//! Follows a turn to its end: what it says is stored and told, and what is asked of it is heard.

use std::future::pending;
use std::pin::pin;

use futures_util::FutureExt as _;
use opencode_store::turn::{Claim, TurnState};
use opencode_store::{ErrorKind, Result};
use opencode_wire::drive::Turn;
use opencode_wire::reply::{Change, ChangeKind, Reply};
use opencode_wire::turn::Outcome;
use tokio::time::{Instant, sleep_until};

use super::TurnRunner;
use super::carrier::Carrier;
use super::recorder::Recorder;
use crate::pool::ServerLease;
use crate::trace;

/// How many changes are noted at once, if they are there, before anything else is looked at.
const AT_ONCE: usize = 256;

/// Why a turn is not followed any more.
pub(super) enum Followed {
    /// It is over, as far as the server can tell.
    Over(Box<(Outcome, Recorder)>),
    /// The server is gone. What the turn had said until then is stored.
    ServerLost,
}

/// Follows a turn to its end, or to that of its server.
///
/// # Errors
///
/// When the turn is somebody else's by now, or the store cannot be read at its beginning.
pub(super) async fn follow(
    carrier: &mut Carrier<'_>,
    mut turn: Turn,
    server: Option<&ServerLease>,
) -> Result<Followed> {
    let runner = carrier.tools.runner;
    let (store, claim) = (runner.store(), carrier.tools.claim);
    let began = Instant::now();
    let elapsed = Box::new(move || began.elapsed());
    let mut recorder = Recorder::new(store.replies(), store.events(), claim, runner.options(), elapsed);
    if claim.is_take_over() {
        recorder.take_over().await?;
        carrier.tools.steering.take_over(runner, claim, carrier.tools.config).await?;
    }
    if let Some(listener) = runner.listener(claim.turn.id) {
        listener.began();
    }
    // Asked for before anybody listened.
    carrier.tools.orders.mark_changed();
    let mut is_seen = claim.turn.state == TurnState::Running;
    let mut is_compared = !claim.is_take_over();
    let mut lost = pin!(lost(server));
    loop {
        if turn.reply().is_accepted() {
            carrier.has_arrived();
            if !is_seen {
                is_seen = note_seen(runner, claim).await?;
            }
        }
        if turn.has_caught_up() && turn.reply().is_accepted() && !is_compared {
            // The server has told all that there is, and what is asked of people.
            is_compared = true;
            recorder.begin_anew(turn.reply());
            carrier.broker.reconcile(turn.reply()).await;
        }
        tokio::select! {
            change = turn.next() => {
                let Some(change) = change else { break };
                note(carrier, &mut recorder, turn.reply(), &change).await;
                // What has come with it is written with it, unless each word is to be told by itself.
                let at_once = if recorder.may_gather() { AT_ONCE } else { 1 };
                for _ in 1..at_once {
                    let Some(Some(change)) = turn.next().now_or_never() else { break };
                    note(carrier, &mut recorder, turn.reply(), &change).await;
                }
            }
            () = &mut lost => {
                // The turn is let go of, whether or not this can be written.
                if let Err(error) = recorder.finish(turn.reply()).await {
                    tracing::warn!(turn = %claim.turn.id, %error, "what a turn had said last could not be stored");
                }
                return Ok(Followed::ServerLost);
            }
            () = sleep_until_some(recorder.due_at().map(|at| began + at)) => {}
            _ = carrier.tools.orders.changed() => {
                carrier.tools.steering.take(runner, claim, carrier.tools.config).await?;
            }
        }
        recorder.write_if_due(turn.reply()).await?;
    }
    Ok(Followed::Over(Box::new((turn.outcome().await, recorder))))
}

async fn lost(server: Option<&ServerLease>) {
    match server {
        Some(server) => server.lost().await,
        None => pending().await,
    }
}

async fn sleep_until_some(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}

async fn note(carrier: &mut Carrier<'_>, recorder: &mut Recorder, reply: &Reply, change: &Change) {
    recorder.note(change, reply);
    if let Some(hooks) = carrier.tools.hooks {
        hooks.note(change);
    }
    if let Some(listener) = carrier.tools.runner.listener(carrier.tools.claim.turn.id) {
        listener.heard(change, reply);
    }
    match &change.kind {
        ChangeKind::Unblocked { id, answer } => carrier.broker.closed(id, answer.as_ref()).await,
        ChangeKind::Gap => trace::stream_interrupted(carrier.tools.claim),
        _ => {}
    }
}

/// Notes that the prompt was seen on the server. `false` when it could not be noted now: whoever takes over the turn
/// asks the server once more then.
async fn note_seen(runner: &TurnRunner, claim: &Claim) -> Result<bool> {
    match runner.store().turns().advance(&claim.lease, TurnState::Running).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::LeaseLost => Err(error),
        Err(error) => {
            tracing::warn!(%error, "it could not be noted that the server has a prompt");
            Ok(false)
        }
    }
}
