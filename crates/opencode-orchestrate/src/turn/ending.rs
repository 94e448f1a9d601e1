//! From how a turn ended on the server to the end that is stored.

use opencode_store::turn::{EndKind, TurnEnd};
use opencode_wire::model::Json;
use opencode_wire::reply::Blocker;
use opencode_wire::turn::{Ending, Outcome};
use serde_json::json;

use super::course::has_ended;

/// The end of a turn that is not followed any more; `None` when nobody knows it yet.
///
/// `expired` is a request that nobody has answered in time, for which the turn was stopped.
pub(super) fn of(outcome: &Outcome, was_posted_here: bool, expired: Option<&Blocker>) -> Option<TurnEnd> {
    if !has_ended(was_posted_here, &outcome.ending) {
        return None;
    }
    if let (Some(blocker), Ending::Cancelled { confirmed, .. }) = (expired, &outcome.ending) {
        let ending = Ending::Unanswered { blocker: Box::new(blocker.clone()), confirmed: *confirmed };
        return Some(TurnEnd::from(&ending));
    }
    let end = TurnEnd::from(&outcome.ending);
    match outcome.reply.structured() {
        Some(structured) if outcome.ending.is_completed() => {
            Some(with(end, &json!({ "structured": structured })))
        }
        _ => Some(end),
    }
}

/// The end of a turn that was refused.
pub(super) fn failed(message: impl Into<String>) -> TurnEnd {
    TurnEnd::new(EndKind::Failed, message)
}

/// The end of a turn that needs something that the server lacks.
pub(super) fn unsupported(capability: &str, message: impl Into<String>) -> TurnEnd {
    with(failed(message), &json!({ "unsupported": capability }))
}

fn with(end: TurnEnd, detail: &serde_json::Value) -> TurnEnd {
    match Json::from_value(detail) {
        Ok(detail) => end.with_detail(detail),
        Err(_) => end,
    }
}
