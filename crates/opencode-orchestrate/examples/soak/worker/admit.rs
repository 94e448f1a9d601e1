//! Admits prompts: new ones, the same ones again, and others under the same key.

use anyhow::Result;
use fastrand::Rng;
use opencode_store::session::Subject;
use opencode_store::turn::{Admission, Delivery, TurnFilter};
use opencode_wire::ids::{Clock as _, MessageId, SystemClock};
use opencode_wire::model::Json;

use super::{Worker, pause};
use crate::journal::Line;
use crate::plan::OPEN_TURNS;

/// How long every process takes its keys from the same few.
const EPOCH_MILLIS: u64 = 2000;
/// How many keys there are in that time.
const KEYS: u64 = 60;

pub(super) async fn run(worker: Worker, mut chance: Rng) -> Result<()> {
    while !worker.is_stopping() {
        pause(&mut chance, 60).await;
        let subject = worker.any_subject(&mut chance).clone();
        if is_full(&worker, &subject).await? {
            continue;
        }
        let admission = admission(&worker.owner, subject, &mut chance)?;
        // A host that got no answer asks again.
        for _ in 0..chance.u64(1..=2) {
            admit(&worker, &admission).await?;
        }
    }
    Ok(())
}

async fn is_full(worker: &Worker, subject: &Subject) -> Result<bool> {
    let Some(session) = worker.journal.heed("session", worker.store.sessions().session(subject).await)?
    else {
        return Ok(true);
    };
    let Some(session) = session else { return Ok(false) };
    let open = worker.store.turns().turns(session.id, TurnFilter::Open, None, OPEN_TURNS).await;
    Ok(worker.journal.heed("turns", open)?.is_none_or(|open| open.len() >= OPEN_TURNS))
}

fn admission(owner: &str, subject: Subject, chance: &mut Rng) -> Result<Admission> {
    let message_id = MessageId::from_wire(&format!("msg_{owner}_{:016x}", chance.u64(..)));
    let epoch = SystemClock.unix_millis() / EPOCH_MILLIS;
    let key = format!("{epoch}-{}", chance.u64(..KEYS));
    // Some keys are used for something else as well.
    let prompt = if chance.u8(..10) == 0 { "another prompt" } else { "a prompt" };
    let delivery = match chance.u8(..100) {
        0..10 => Delivery::Steer,
        10..18 => Delivery::Interrupt,
        18..26 => Delivery::Reject,
        _ => Delivery::Queue,
    };
    let admission = Admission::new(subject, message_id, Json::from_value(prompt)?).with_delivery(delivery);
    Ok(if chance.u8(..4) == 0 { admission } else { admission.with_idempotency_key(key) })
}

async fn admit(worker: &Worker, admission: &Admission) -> Result<()> {
    let admitted = worker.store.turns().admit(admission).await;
    let Some(admitted) = worker.journal.heed("admit", admitted)? else { return Ok(()) };
    worker.journal.write(&Line::Admitted {
        turn: admitted.turn.id,
        subject: admission.subject.to_string(),
        message: admitted.turn.message_id.as_str().to_owned(),
        key: admission.idempotency_key.clone(),
        payload: format!("{} {}", admission.delivery, admission.prompt.as_str()),
    })
}
