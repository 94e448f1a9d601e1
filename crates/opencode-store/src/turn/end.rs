//! How a turn ended.

use std::fmt;

use opencode_wire::model::Json;
use opencode_wire::turn::{CancelledBy, Ending, Limit, Loss};
use serde_json::json;

use super::{StopReason, TurnRecord};

/// In which way a turn ended: the one word that every turn ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndKind {
    /// The answer is whole and has text.
    Completed,
    /// The answer is whole and has no text.
    CompletedWithoutText,
    /// The model was stopped in the middle by its limit or by a filter.
    Truncated,
    /// Somebody stopped it.
    Cancelled,
    /// The provider or the server failed.
    Failed,
    /// A time limit passed.
    Limit,
    /// Nobody answered a request in time.
    Unanswered,
    /// It cannot go on, and what it was doing is gone.
    Lost,
    /// A newer turn took its place.
    Superseded,
}

impl EndKind {
    const ALL: [Self; 9] = [
        Self::Completed,
        Self::CompletedWithoutText,
        Self::Truncated,
        Self::Cancelled,
        Self::Failed,
        Self::Limit,
        Self::Unanswered,
        Self::Lost,
        Self::Superseded,
    ];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::CompletedWithoutText => "completed_without_text",
            Self::Truncated => "truncated",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Limit => "limit",
            Self::Unanswered => "unanswered",
            Self::Lost => "lost",
            Self::Superseded => "superseded",
        }
    }

    /// Reads the word in the database.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether the answer is whole.
    #[must_use]
    pub const fn is_completed(self) -> bool {
        matches!(self, Self::Completed | Self::CompletedWithoutText)
    }
}

impl fmt::Display for EndKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TurnEnd {
    /// In which way.
    pub kind: EndKind,
    /// The same for people, in a sentence.
    pub message: String,
    /// What the host wants to keep of it: an object, the same for every reader.
    pub detail: Option<Json>,
}

impl TurnEnd {
    /// An end with a sentence for people.
    #[must_use]
    pub fn new(kind: EndKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), detail: None }
    }

    /// Sets what the host wants to keep of it.
    #[must_use]
    pub fn with_detail(mut self, detail: Json) -> Self {
        self.detail = Some(detail);
        self
    }

    /// The end that is stored, given what was asked for while the turn ran: a stop always ends as a stop.
    pub(crate) fn after_stop(mut self, stop: Option<StopReason>) -> Self {
        match stop {
            Some(StopReason::Cancelled) if self.kind != EndKind::Cancelled => {
                self.kind = EndKind::Cancelled;
                self.message = format!("cancelled; it would have ended as: {}", self.message);
            }
            Some(StopReason::Superseded(by)) if self.kind != EndKind::Superseded => {
                self.kind = EndKind::Superseded;
                self.message = format!("superseded by turn {by}");
            }
            _ => {}
        }
        self
    }
}

impl From<&Ending> for TurnEnd {
    /// The kind and the sentence of an ending, with what else is known of it as the detail:
    ///
    /// | ending | detail |
    /// |---|---|
    /// | truncated | `reason`: the server's word |
    /// | cancelled | `by`: `caller` or `somebody`; `confirmed`: whether the server is known to have stopped |
    /// | failed | what the server said |
    /// | limit | `limit`: `admission`, `first_output`, `progress` or `total`; `confirmed` |
    /// | unanswered | `request_id`; `confirmed` |
    /// | lost | `loss`: `session_gone`, `abandoned`, `not_stored` or `unfollowed` |
    /// | superseded | `by`: the message id of the newer prompt |
    fn from(ending: &Ending) -> Self {
        let kind = match ending {
            Ending::Completed => EndKind::Completed,
            Ending::CompletedWithoutText => EndKind::CompletedWithoutText,
            Ending::Truncated { .. } => EndKind::Truncated,
            Ending::Cancelled { .. } => EndKind::Cancelled,
            Ending::Limit { .. } => EndKind::Limit,
            Ending::Unanswered { .. } => EndKind::Unanswered,
            Ending::Lost(_) => EndKind::Lost,
            Ending::Superseded { .. } => EndKind::Superseded,
            // An ending that this version does not know is no success.
            _ => EndKind::Failed,
        };
        Self { detail: detail(ending), ..Self::new(kind, ending.to_string()) }
    }
}

fn detail(ending: &Ending) -> Option<Json> {
    let detail = match ending {
        Ending::Failed { error } => return Json::from_value(error.as_ref()).ok(),
        Ending::Truncated { reason } => json!({ "reason": reason }),
        Ending::Cancelled { by, confirmed } => {
            let by = if *by == CancelledBy::Caller { "caller" } else { "somebody" };
            json!({ "by": by, "confirmed": confirmed })
        }
        Ending::Limit { limit, confirmed } => {
            let limit = match limit {
                Limit::Admission => "admission",
                Limit::FirstOutput => "first_output",
                Limit::Progress => "progress",
                _ => "total",
            };
            json!({ "limit": limit, "confirmed": confirmed })
        }
        Ending::Unanswered { blocker, confirmed } => {
            json!({ "request_id": blocker.id().to_string(), "confirmed": confirmed })
        }
        Ending::Lost(loss) => {
            let loss = match loss {
                Loss::SessionGone => "session_gone",
                Loss::Abandoned => "abandoned",
                Loss::NotStored => "not_stored",
                _ => "unfollowed",
            };
            json!({ "loss": loss })
        }
        Ending::Superseded { by } => json!({ "by": by }),
        _ => return None,
    };
    Json::from_value(&detail).ok()
}

/// What finishing a turn did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finished {
    /// The turn as it is stored.
    pub turn: TurnRecord,
    /// Whether this very call ended it. Hooks that run once belong to the caller who reads `true`.
    pub applied: bool,
}

impl Finished {
    /// For those who implement the traits of this crate.
    #[must_use]
    pub fn new(turn: TurnRecord, applied: bool) -> Self {
        Self { turn, applied }
    }
}

#[cfg(test)]
mod tests {
    use super::super::TurnId;
    use super::*;

    #[test]
    fn a_stop_always_ends_as_a_stop() {
        let end = TurnEnd::new(EndKind::Completed, "completed");
        assert_eq!(end.clone().after_stop(None), end);
        assert_eq!(end.clone().after_stop(Some(StopReason::Cancelled)).kind, EndKind::Cancelled);
        let superseded = end.after_stop(Some(StopReason::Superseded(TurnId::new(3))));
        assert_eq!(
            (superseded.kind, superseded.message.as_str()),
            (EndKind::Superseded, "superseded by turn 3")
        );
    }

    #[test]
    fn what_is_known_of_an_ending_is_kept() {
        for (ending, kind, detail) in [
            (Ending::Completed, EndKind::Completed, None),
            (
                Ending::Cancelled { by: CancelledBy::Caller, confirmed: false },
                EndKind::Cancelled,
                Some(json!({"by": "caller", "confirmed": false})),
            ),
            (
                Ending::Limit { limit: Limit::FirstOutput, confirmed: true },
                EndKind::Limit,
                Some(json!({"limit": "first_output", "confirmed": true})),
            ),
            (Ending::Lost(Loss::Abandoned), EndKind::Lost, Some(json!({"loss": "abandoned"}))),
        ] {
            let end = TurnEnd::from(&ending);
            assert_eq!((end.kind, end.detail.map(|detail| detail.to_value())), (kind, detail));
        }
    }

    #[test]
    fn every_word_is_read_back() {
        for kind in EndKind::ALL {
            assert_eq!(EndKind::from_word(kind.as_str()), Some(kind));
        }
    }
}
