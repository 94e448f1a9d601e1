//! Asks for answers and gives them. Several people answer each request.

use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use opencode_store::blocker::{Answered, BlockerKind, BlockerState, NewBlocker, OpenIn};
use opencode_store::turn::Lease;
use opencode_wire::ids::SessionId;
use opencode_wire::model::Json;
use tokio::time::timeout;

use super::{Worker, pause};
use crate::journal::Line;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(200);

/// Answers what is asked, now and then.
pub(super) async fn run(worker: Worker, mut chance: Rng) -> Result<()> {
    let blockers = worker.store.blockers();
    while !worker.is_stopping() {
        pause(&mut chance, 60).await;
        let open =
            worker.journal.heed("open_blockers", blockers.open_blockers(&OpenIn::Everywhere, 8).await)?;
        for open in open.unwrap_or_default() {
            let (request, by) = (&open.request.request_id, &worker.owner);
            let answer = Json::from_value(&format!("answer {}", chance.u8(..3)))?;
            let answered = blockers.answer(open.turn, request, &answer, by).await;
            if let Some(Answered::Accepted(_)) = worker.journal.heed("answer", answered)? {
                let (request, by) = (request.clone(), by.clone());
                worker.journal.write(&Line::Answered { turn: open.turn, request, by })?;
            }
        }
    }
    Ok(())
}

/// Asks something, waits a little, and says what became of it. `None` when the lease is lost.
pub(super) async fn ask(worker: &Worker, lease: &Lease, step: u64) -> Result<Option<()>> {
    let blockers = worker.store.blockers();
    let id = format!("question/{step}");
    let payload = Json::from_value("May I go on?")?;
    let asking = SessionId::from_wire("ses_asking");
    let question = NewBlocker::new(&id, asking, BlockerKind::Question, payload);
    let mut watch = worker.store.events().watch_turn(lease.turn);
    let Some(_) = worker.journal.heed("ask", blockers.ask(lease, &question).await)? else { return Ok(None) };
    worker.journal.write(&Line::Asked { turn: lease.turn })?;
    let _elapsed = timeout(PATIENCE, watch.changed()).await;
    // Whoever took the turn over asks the same again, and it may have been settled before.
    for end in [BlockerState::Delivered, BlockerState::Expired] {
        let settled = worker.journal.heed("settle", blockers.settle(lease, &id, end).await)?;
        match settled {
            Some(true) => return Ok(Some(())),
            Some(false) => {}
            None => return Ok(None),
        }
    }
    Ok(Some(()))
}
