//! Hosts: they admit turns, repeat themselves, change their minds, and ask turns to stop.

use std::time::Duration;

use opencode_store::session::Subject;
use opencode_store::turn::{Admission, Admitted, Delivery, StopReason, TurnId, TurnStore as _};
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::model::Json;

use super::world::{NATURE, lock, message_id};
use super::{Sim, checks};

const DELIVERIES: [Delivery; 4] = [Delivery::Queue, Delivery::Steer, Delivery::Interrupt, Delivery::Reject];

/// Admits the turns of this world.
pub(super) async fn host(sim: Sim) {
    for number in 1..=sim.plan.turns {
        let pause = if sim.world.chance(50) { 0..=300 } else { 0..=20_000 };
        sim.world.sleep(sim.world.millis(pause)).await;
        let subject = Subject::new("acme", sim.world.pick(1..=sim.plan.subjects).to_string());
        let delivery = DELIVERIES[usize::try_from(sim.world.pick(0..=3)).unwrap_or_default()];
        let message = message_id(&sim.world, number);
        let prompt = Json::from(serde_json::json!({ "parts": [] }));
        let mut admission =
            Admission::new(subject.expect("a subject has a name"), message, prompt).with_delivery(delivery);
        if sim.world.chance(50) {
            admission = admission.with_idempotency_key(format!("key-{number}"));
        }
        let Some(turn) = persist(&sim, &admission).await else { continue };
        if sim.world.chance(30) && persist(&sim, &admission).await != Some(turn) {
            sim.world.violate(format!("G03: turn {turn} was admitted a second time as another"));
        }
        if sim.world.chance(sim.plan.stops) {
            sim.world.spawn(NATURE, stop(sim.clone(), turn));
        }
        if sim.world.chance(10) {
            let delivery = DELIVERIES[usize::try_from(sim.world.pick(0..=2)).unwrap_or_default()];
            let _too_late = sim.store.call("relane", sim.store.memory.relane(turn, delivery)).await;
        }
    }
    lock(&sim.book).has_everything = true;
}

/// Admits a turn, however often that takes; `None` when it is refused.
async fn persist(sim: &Sim, admission: &Admission) -> Option<TurnId> {
    loop {
        match sim.store.call("admit", admit(sim, admission)).await {
            Ok(admitted) => return Some(admitted.turn.id),
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                sim.world.sleep(Duration::from_millis(50)).await;
            }
            Err(error) => {
                if error.kind() != ErrorKind::Busy || admission.delivery != Delivery::Reject {
                    sim.world.violate(format!("G03: a turn could not be admitted: {error}"));
                }
                return None;
            }
        }
    }
}

async fn admit(sim: &Sim, admission: &Admission) -> Result<Admitted, Error> {
    let admitted = sim.store.memory.admit(admission).await?;
    let mut book = lock(&sim.book);
    if book.admitted.insert(admitted.turn.id) {
        sim.world.tell(|| {
            let turn = &admitted.turn;
            format!("host: admits turn {} of {} as {}", turn.id, admission.subject, turn.delivery)
        });
    }
    Ok(admitted)
}

async fn stop(sim: Sim, turn: TurnId) {
    sim.world.sleep(sim.world.millis(0..=4_000)).await;
    loop {
        let stopped = checks::request_stop(&sim, turn, StopReason::Cancelled);
        if sim.store.call("stop", stopped).await.is_ok() {
            return;
        }
        sim.world.sleep(Duration::from_millis(50)).await;
    }
}
