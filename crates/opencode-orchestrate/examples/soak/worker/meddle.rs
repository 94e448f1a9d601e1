//! Gets into the way of turns: stops some, and gives others another place.

use anyhow::Result;
use fastrand::Rng;
use opencode_store::turn::{Delivery, StopReason, StopRequested, TurnFilter, TurnId};

use super::{Worker, pause};
use crate::journal::Line;

pub(super) async fn run(worker: Worker, mut chance: Rng) -> Result<()> {
    while !worker.is_stopping() {
        pause(&mut chance, 400).await;
        let subject = worker.any_subject(&mut chance);
        let session = worker.store.sessions().session(subject).await;
        let Some(Some(session)) = worker.journal.heed("session", session)? else { continue };
        let open = worker.store.turns().turns(session.id, TurnFilter::Open, None, 20).await;
        let Some(open) = worker.journal.heed("turns", open)? else { continue };
        let Some(turn) = chance.choice(open) else { continue };
        if chance.bool() {
            stop(&worker, turn.id).await?;
        } else {
            relane(&worker, turn.id, &mut chance).await?;
        }
    }
    Ok(())
}

async fn stop(worker: &Worker, turn: TurnId) -> Result<()> {
    let asked = worker.store.turns().request_stop(turn, StopReason::Cancelled).await;
    if let Some(StopRequested::Withdrawn) = worker.journal.heed("request_stop", asked)? {
        worker.journal.write(&Line::Withdrawn { turn })?;
    }
    Ok(())
}

async fn relane(worker: &Worker, turn: TurnId, chance: &mut Rng) -> Result<()> {
    worker.journal.write(&Line::Relaning { turn })?;
    let delivery = [Delivery::Queue, Delivery::Steer, Delivery::Interrupt][chance.usize(..3)];
    let relaned = worker.store.turns().relane(turn, delivery).await;
    worker.journal.heed("relane", relaned)?;
    Ok(())
}
