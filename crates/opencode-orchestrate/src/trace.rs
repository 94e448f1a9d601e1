//! The events of turns, under the names that are documented in the crate's root.

use std::time::Instant;

use opencode_store::session::Ensured;
use opencode_store::turn::{Claim, EndKind, Finished};
use opencode_wire::reply::{Reply, Usage};
use opencode_wire::turn::{Ending, Outcome};
use tracing::Span;

use crate::collect::Collected;
use crate::exchange::{self, DropReason};

/// The span of everything that is done for a turn.
pub(crate) fn turn_span(claim: &Claim) -> Span {
    tracing::info_span!(
        "turn",
        turn = claim.turn.id.get(),
        session = claim.session.id.get(),
        attempt = claim.lease.attempt,
    )
}

pub(crate) fn turn_started(claim: &Claim) {
    tracing::info!(
        name: "opencode.turn.started",
        turn = claim.turn.id.get(),
        message_id = %claim.turn.message_id,
        attempt = claim.lease.attempt,
        state = claim.turn.state.as_str(),
        "a turn has begun"
    );
}

/// Tells how a turn ended, and counts it.
pub(crate) fn turn_finished(claim: &Claim, finished: &Finished, outcome: Option<&Outcome>) {
    let Some(end) = finished.turn.end.as_ref().filter(|_| finished.applied) else { return };
    let usage = outcome.map_or_else(Usage::default, |outcome| outcome.reply.usage());
    let tools = outcome.map_or(0, |outcome| outcome.reply.tools().count());
    let seconds = seconds(finished);
    let status = end.kind.as_str();
    tracing::info!(
        name: "opencode.turn.finished",
        turn = claim.turn.id.get(),
        status,
        duration_ms = seconds * 1000.0,
        input_tokens = usage.input,
        output_tokens = usage.output,
        cost = usage.cost,
        tools,
        attempt = claim.lease.attempt,
        "a turn has ended"
    );
    tracing::info!(
        name: "opencode.metrics",
        status,
        monotonic_counter.opencode.turns = 1_u64,
        histogram.opencode.turn.duration = seconds,
        monotonic_counter.opencode.tokens.input = usage.input,
        monotonic_counter.opencode.tokens.output = usage.output,
        monotonic_counter.opencode.cost = usage.cost,
    );
    if let (EndKind::Failed, Some(Outcome { ending: Ending::Failed { error }, .. })) = (end.kind, outcome) {
        tracing::warn!(
            name: "opencode.response.upstream_error",
            turn = claim.turn.id.get(),
            error_name = error.name.as_str(),
            status_code = error.data.status_code.map(|code| code.get()),
            provider = error.data.provider_id,
            is_retryable = error.data.is_retryable,
            "the provider or the server failed"
        );
    }
}

/// From the first claim to the end, by the store's clock.
#[expect(clippy::cast_precision_loss, reason = "nobody needs the milliseconds of ten thousand years")]
fn seconds(finished: &Finished) -> f64 {
    let turn = &finished.turn;
    let taken = turn.started_at.zip(turn.ended_at).map(|(started, ended)| ended.duration_since(started));
    taken.map_or(0.0, |taken| taken.as_millis().max(0) as f64 / 1000.0)
}

pub(crate) fn session_ensured(claim: &Claim, ensured: &Ensured) {
    let (session, generation) = (ensured.session.id.get(), ensured.session.generation);
    let upstream_id = ensured.session.upstream_id.as_ref().map(tracing::field::display);
    if let Some(lost) = ensured.context_lost {
        tracing::warn!(
            name: "opencode.session.recreated",
            turn = claim.turn.id.get(),
            session,
            upstream_id,
            generation,
            reason = ?lost,
            "a session was replaced: the agent does not remember the conversation"
        );
    } else if ensured.just_created {
        let turn = claim.turn.id.get();
        tracing::info!(name: "opencode.session.created", turn, session, upstream_id, generation, "a session was made");
    }
}

/// Tells that the turn is not followed any more.
pub(crate) fn stream_ended(claim: &Claim, outcome: &Outcome, began: Instant) {
    tracing::info!(
        name: "opencode.stream.completed",
        turn = claim.turn.id.get(),
        duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        changes = outcome.reply.seq(),
        tools = outcome.reply.tools().count(),
        "a turn was followed to its end"
    );
}

/// Tells of files that a patch has changed and whose content is in no call: they have to be read where they are.
pub(crate) fn artifacts_dropped(claim: &Claim, reply: &Reply) {
    for dropped in exchange::dropped(reply).iter().filter(|dropped| dropped.reason == DropReason::Patched) {
        tracing::info!(
            name: "opencode.apply_patch.artifacts_dropped",
            turn = claim.turn.id.get(),
            session_id = %dropped.session_id,
            message_id = %dropped.message_id,
            file_count = dropped.count,
            reason = ?dropped.reason,
            "files of a patch are in no call"
        );
    }
}

/// Tells what became of the files of a turn.
pub(crate) fn files_collected(claim: &Claim, collected: &Collected) {
    tracing::info!(
        name: "opencode.files.collected",
        turn = claim.turn.id.get(),
        stored = collected.stored.len(),
        unchanged = collected.unchanged.len(),
        left_out = collected.left_out.len() + collected.left_out_more,
        "the files of a turn were collected"
    );
}

/// Tells that a stretch of the events was not seen.
pub(crate) fn stream_interrupted(claim: &Claim) {
    tracing::warn!(
        name: "opencode.stream.interrupted",
        turn = claim.turn.id.get(),
        "events of a turn are missing; what they said is asked for"
    );
    tracing::info!(name: "opencode.metrics", status = "interrupted", monotonic_counter.opencode.gaps = 1_u64);
}

/// Tells that the server is gone that a turn ran on.
pub(crate) fn server_lost(claim: &Claim) {
    tracing::warn!(
        name: "opencode.server.lost",
        turn = claim.turn.id.get(),
        "the server that a turn ran on is gone; the turn is carried on with the next one"
    );
    tracing::info!(name: "opencode.metrics", status = "lost", monotonic_counter.opencode.servers_lost = 1_u64);
}
