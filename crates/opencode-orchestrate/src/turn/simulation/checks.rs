//! What must hold, whatever happens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::FutureExt as _;
use opencode_store::Backend as _;
use opencode_store::reply::{ReplyStore as _, StoredPart};
use opencode_store::turn::{
    Claim, ClaimRequest, Delivery, EndKind, Finished, Lease, StopReason, StopRequested, TurnEnd, TurnFilter,
    TurnId, TurnRecord, TurnStore as _,
};
use opencode_store::{Result, Store};
use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;

use super::super::TurnOutcome;
use super::Sim;
use super::server::Standing;
use super::world::lock;

/// What is known of the turns beside the store.
#[derive(Default)]
pub(super) struct Book {
    pub(super) admitted: BTreeSet<TurnId>,
    /// Whether no more will be admitted.
    pub(super) has_everything: bool,
    /// Those that have ended, as they were then.
    ended: BTreeMap<TurnId, (TurnRecord, Vec<StoredPart>)>,
    /// Those that were asked to stop before they ended.
    stopped: BTreeSet<TurnId>,
    pub(super) claims: u64,
    pub(super) take_overs: u64,
}

impl Book {
    pub(super) fn is_closed(&self) -> bool {
        self.has_everything && self.ended.len() == self.admitted.len()
    }
}

/// Claims a turn: turns of a session run one at a time, and those of the queue in order.
pub(super) async fn claim(sim: &Sim, request: &ClaimRequest) -> Result<Option<Claim>> {
    let memory = &sim.store.memory;
    let Some(claim) = memory.claim(request).await? else { return Ok(None) };
    let id = claim.turn.id;
    for other in memory.turns(claim.turn.session, TurnFilter::Open, None, usize::MAX).await? {
        if other.id != id && other.state.is_active() && other.joined_to != Some(id) {
            sim.world.violate(format!("G04: turn {id} begins while turn {} of its session runs", other.id));
        }
        let is_before = other.id < id && other.delivery == Delivery::Queue && other.state.is_waiting();
        if claim.lease.attempt == 1 && claim.turn.delivery == Delivery::Queue && is_before {
            sim.world.violate(format!("G04: turn {id} overtakes turn {}", other.id));
        }
    }
    let mut book = lock(&sim.book);
    book.claims += 1;
    book.take_overs += u64::from(claim.is_take_over());
    Ok(Some(claim))
}

/// Ends a turn: once, and as it was asked to.
pub(super) async fn finish(sim: &Sim, lease: &Lease, end: &TurnEnd) -> Result<Finished> {
    let memory = &sim.store.memory;
    let was_stopped = memory.turn(lease.turn).await?.is_some_and(|turn| turn.stop.is_some());
    let finished = memory.finish(lease, end).await?;
    if finished.applied {
        note_end(sim, &finished.turn);
        check_stop(sim, &finished.turn, end);
        let kind = finished.turn.end.as_ref().map(|end| end.kind);
        if was_stopped && !matches!(kind, Some(EndKind::Cancelled | EndKind::Superseded)) {
            sim.world.violate(format!("G13: turn {} was asked to stop and ended as {kind:?}", lease.turn));
        }
    }
    Ok(finished)
}

/// Whether a turn that is said to have been stopped is still answered by the server.
fn check_stop(sim: &Sim, turn: &TurnRecord, end: &TurnEnd) {
    let detail = end.detail.as_ref().map(Json::to_value);
    let is_confirmed = detail.is_none_or(|detail| detail["confirmed"] != false);
    let goes_on = {
        let server = lock(&sim.server);
        server
            .fates
            .get(&turn.message_id)
            .is_some_and(|fate| fate.standing.is_open() && server.sessions.contains_key(&fate.session))
    };
    if end.kind == EndKind::Cancelled && is_confirmed && goes_on {
        sim.world.violate(format!("G13: turn {} was cancelled, and the server goes on with it", turn.id));
    }
}

/// Asks a turn to stop.
pub(super) async fn request_stop(sim: &Sim, turn: TurnId, reason: StopReason) -> Result<StopRequested> {
    let memory = &sim.store.memory;
    let requested = memory.request_stop(turn, reason).await?;
    sim.world.tell(|| format!("host: asks turn {turn} to stop: {requested:?}"));
    match &requested {
        StopRequested::Withdrawn => {
            let record = memory.turn(turn).await?;
            record.iter().for_each(|record| note_end(sim, record));
            lock(&sim.book).stopped.insert(turn);
        }
        StopRequested::Requested => drop(lock(&sim.book).stopped.insert(turn)),
        _ => {}
    }
    Ok(requested)
}

fn note_end(sim: &Sim, record: &TurnRecord) {
    let parts = now(sim.store.memory.parts(record.id));
    if lock(&sim.book).ended.insert(record.id, (record.clone(), parts)).is_some() {
        sim.world.violate(format!("G12: turn {} has ended twice", record.id));
    }
}

fn now<T>(call: impl Future<Output = Result<T>>) -> T {
    call.now_or_never().and_then(Result::ok).expect("a store in memory never waits and does not fail")
}

/// Looks at everything when it has come to rest.
pub(super) fn at_rest(sim: &Sim) {
    let memory = &sim.store.memory;
    let diagnosis = memory.diagnose().now_or_never().expect("a store in memory never waits");
    if diagnosis.severity() != opencode_store::doctor::Severity::Fine {
        sim.world.violate(format!("the store is not sound: {diagnosis}"));
    }
    let (admitted, ended) = {
        let book = lock(&sim.book);
        (book.admitted.clone(), book.ended.clone())
    };
    for id in admitted {
        let Some(record) = now(memory.turn(id)) else {
            sim.world.violate(format!("turn {id} is not there any more"));
            continue;
        };
        match ended.get(&id) {
            None => sim.world.violate(format!("G12: turn {id} is left {}", record.state)),
            Some((then, parts)) => {
                if *then != record || *parts != now(memory.parts(id)) {
                    sim.world.violate(format!("G14: turn {id} has changed after its end"));
                }
                check_end(sim, &record);
            }
        }
    }
}

/// Whether a turn ended as it should, given what the server alone knows.
fn check_end(sim: &Sim, record: &TurnRecord) {
    let Some(end) = &record.end else { return };
    let (fate, is_session_lost) = {
        let server = lock(&sim.server);
        let fate = server.fates.get(&record.message_id).cloned();
        let is_lost = fate.as_ref().is_some_and(|fate| !server.sessions.contains_key(&fate.session));
        (fate, is_lost)
    };
    let was_stopped = record.stop.is_some() || lock(&sim.book).stopped.contains(&record.id);
    let wrong = |why: &str| {
        let standing = fate.as_ref().map(|fate| fate.standing);
        let message = format!("turn {} ended as {} ({}): {why}", record.id, end.kind, end.message);
        sim.world.violate(format!("wrong outcome: {message}; on the server it is {standing:?}"));
    };
    let standing = fate.as_ref().map(|fate| fate.standing);
    // An error is that of a session, and so is an abort: whoever waits in it takes it for his own.
    let has_come_to = |standing| lock(&sim.server).fates.values().any(|fate| fate.standing == standing);
    match end.kind {
        EndKind::Cancelled | EndKind::Superseded if was_stopped => return,
        // A newer turn that was steered into it has taken its place, or its end was this one's.
        EndKind::Superseded if standing == Some(Standing::Superseded) => return,
        // It was never answered, and now it never will be.
        EndKind::Superseded if standing != Some(Standing::Whole) && has_newer(sim, &record.message_id) => {
            return;
        }
        EndKind::Cancelled if standing == Some(Standing::Aborted) && !is_struck_late(sim, record) => {}
        EndKind::Cancelled if standing.is_none() && has_come_to(Standing::Aborted) => return,
        EndKind::Cancelled | EndKind::Superseded => return wrong("nobody asked for it"),
        _ => {}
    }
    let Some(fate) = &fate else {
        // Whether it was posted in a lost session nobody knows.
        // So is a session that is gone as soon as it was made: nothing was posted, and that is said.
        let is_unknown = matches!(end.kind, EndKind::Lost | EndKind::Failed) && sim.plan.sessions_lost > 0;
        let is_anothers = end.kind == EndKind::Failed && has_come_to(Standing::Failed);
        if !is_unknown && !is_anothers {
            wrong("its prompt was never posted");
        }
        return;
    };
    match (end.kind, fate.standing) {
        (EndKind::Completed, Standing::Whole) => check_reply(sim, record),
        (EndKind::Lost, _) if is_session_lost => {}
        // A limit is one of time that has passed while nobody could see what the server did.
        (EndKind::Limit, _)
        | (EndKind::Lost, Standing::Forgotten)
        | (EndKind::Failed, Standing::Failed)
        | (EndKind::Cancelled, Standing::Aborted) => {}
        // An abort that strikes between two steps leaves no trace: it looks as if the server had died there.
        (EndKind::Lost, Standing::Aborted) if fate.steps > 0 => {}
        _ => wrong("that is not what happened"),
    }
}

/// Whether the server has a newer prompt in the same session, or has lost it.
fn has_newer(sim: &Sim, message: &MessageId) -> bool {
    let server = lock(&sim.server);
    let Some(fate) = server.fates.get(message) else { return false };
    let Some(session) = server.sessions.get(&fate.session) else { return true };
    let behind = session.messages.iter().skip_while(|stored| stored.info.id != *message).skip(1);
    behind.into_iter().any(|stored| server.fates.contains_key(&stored.info.id))
}

/// Whether an abort that was meant for an earlier turn, which had ended by then, has struck this one.
fn is_struck_late(sim: &Sim, record: &TurnRecord) -> bool {
    let by = lock(&sim.server).fates.get(&record.message_id).and_then(|fate| fate.aborted_by);
    let by = by.filter(|by| *by != record.id).and_then(|by| now(sim.store.memory.turn(by)));
    by.is_some_and(|by| by.ended_at.is_some() && by.ended_at <= record.prompted_at)
}

/// Whether everything of an answer is stored, and nothing else.
fn check_reply(sim: &Sim, record: &TurnRecord) {
    let Some(fate) = lock(&sim.server).fates.get(&record.message_id).cloned() else { return };
    let store = Store::from_backend(Arc::clone(&sim.store.memory) as _);
    let outcome = now(TurnOutcome::load(&store, record.clone()));
    let text = fate.texts.join("\n\n");
    if outcome.text() != text {
        let message = format!("G08: turn {} has the text {:?} and not {text:?}", record.id, outcome.text());
        sim.world.violate(message);
    }
    let usage = &outcome.usage;
    if (usage.steps, usage.output) != (fate.steps, fate.output) {
        sim.world.violate(format!("G18: turn {} has the usage {usage:?} and not {fate:?}", record.id));
    }
}

/// How the turns have ended.
pub(super) fn ends(sim: &Sim) -> Vec<&'static str> {
    let book = lock(&sim.book);
    book.ended.values().filter_map(|(record, _)| record.end.as_ref()).map(|end| end.kind.as_str()).collect()
}
