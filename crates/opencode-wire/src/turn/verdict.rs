//! Whether a turn has ended, judged from what the server has stored. Never from an idle event alone.
//!
//! An idle may belong to an earlier turn, come twice after an abort, or come before the last message is stored.
//! So an idle is only a reason to ask. What counts is the server's list of working sessions, fetched first, and the
//! messages, fetched after it: if the session does nothing and our answer is finished, the turn has ended.

use std::time::Duration;

use super::{CancelledBy, Ending, Loss};
use crate::model::{ErrorName, Message, SessionStatus, ToolStatus};
use crate::reply::{Reply, Snapshot};

/// What a snapshot says about the end of a turn.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// The turn runs.
    Running,
    /// The turn has ended.
    Ended(Ending),
    /// The session does nothing, but the turn is not finished. If that is still so after a while, this is how it
    /// ended; without an ending, only a deadline ends it.
    Unsure { ending: Option<Ending>, patience: Duration },
}

/// How long a failure may be followed by the server going on after all, as it does when a mentioned file is missing.
const PATIENCE_AFTER_ERROR: Duration = Duration::from_millis(1500);
/// How long after its last idle the server may still store the end of a message. Seen: 30 to 280 ms after an abort.
const PATIENCE_UNFINISHED: Duration = Duration::from_secs(5);

/// Judges a turn by a snapshot that has been taken into its reply already. `has_arrived` says whether the server is
/// known to have had the prompt.
pub(super) fn judge(reply: &Reply, has_arrived: bool, snapshot: &Snapshot) -> Verdict {
    if snapshot.gone {
        return Verdict::Ended(Ending::Lost(Loss::SessionGone));
    }
    let idle = &SessionStatus::Idle;
    let status = snapshot.statuses.as_ref().map_or_else(
        || reply.sessions().first().and_then(|root| root.status.as_ref()),
        |statuses| Some(statuses.get(reply.session_id()).unwrap_or(idle)),
    );
    if !status.is_some_and(SessionStatus::is_idle) || reply.has_set_to_work_since(snapshot.since) {
        return Verdict::Running;
    }
    match last_word(reply) {
        Some(last) if last.is_completed() && is_to_go_on(reply, last) => {
            let ending = ending_without_answer(reply, has_arrived).unwrap_or(Ending::Lost(Loss::Abandoned));
            Verdict::Unsure { ending: Some(ending), patience: PATIENCE_UNFINISHED }
        }
        Some(last) if last.is_completed() => Verdict::Ended(ending_of(reply, last)),
        Some(_) => {
            Verdict::Unsure { ending: Some(Ending::Lost(Loss::Abandoned)), patience: PATIENCE_UNFINISHED }
        }
        None => {
            let ending = ending_without_answer(reply, has_arrived);
            Verdict::Unsure { ending, patience: PATIENCE_AFTER_ERROR }
        }
    }
}

/// What tells the end: the last message of the answer, or a summary behind it that failed or was cut off, because the
/// answer cannot go on without it.
fn last_word(reply: &Reply) -> Option<&Message> {
    let newest = reply.messages().last().copied();
    newest
        .filter(|newest| newest.is_compaction_summary() && (newest.error.is_some() || !newest.is_completed()))
        .or_else(|| reply.last_message())
}

/// Whether the model is to be asked once more: a step has called tools, and all have answered. One that has failed may
/// be one that a person refused without a word, and the server stops behind that.
fn is_to_go_on(reply: &Reply, last: &Message) -> bool {
    let is_asked_again = last.finish.as_deref() == Some("tool-calls") && last.structured.is_none();
    if !is_asked_again || last.error.is_some() || reply.newer_prompt().is_some() {
        return false;
    }
    let mut tools = reply.tools().filter(|tool| tool.part.message_id == last.id).peekable();
    tools.peek().is_some()
        && tools.all(|tool| tool.tool().is_some_and(|tool| tool.state.status == ToolStatus::Completed))
}

fn ending_without_answer(reply: &Reply, has_arrived: bool) -> Option<Ending> {
    // An error is that of a session: of one that has not seen the prompt it is somebody else's.
    if let Some(error) = reply.failure().filter(|_| has_arrived) {
        return Some(failed_with(error));
    }
    let by = reply.newer_prompt().filter(|_| reply.is_accepted())?;
    Some(Ending::Superseded { by: by.clone() })
}

fn ending_of(reply: &Reply, last: &Message) -> Ending {
    if let Some(error) = &last.error {
        return failed_with(error);
    }
    let goes_on = matches!(last.finish.as_deref(), Some("tool-calls" | "unknown"));
    if let Some(by) = reply.newer_prompt().filter(|_| goes_on) {
        // The server goes on under the newer prompt once a step is done.
        return Ending::Superseded { by: by.clone() };
    }
    match last.finish.as_deref() {
        Some(reason @ ("length" | "content-filter")) => Ending::Truncated { reason: reason.to_owned() },
        // An abort while the server waits to try again leaves neither an error nor a reason.
        None if last.structured.is_none() => Ending::Cancelled { by: CancelledBy::Somebody, confirmed: true },
        _ if reply.text().is_empty() => Ending::CompletedWithoutText,
        _ => Ending::Completed,
    }
}

fn failed_with(error: &crate::model::MessageError) -> Ending {
    match error.name {
        ErrorName::Aborted => Ending::Cancelled { by: CancelledBy::Somebody, confirmed: true },
        ErrorName::OutputLength => Ending::Truncated { reason: "length".to_owned() },
        ErrorName::ContentFilter => Ending::Truncated { reason: "content-filter".to_owned() },
        _ => Ending::Failed { error: Box::new(error.clone()) },
    }
}
