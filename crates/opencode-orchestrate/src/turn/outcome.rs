//! How a turn ended, with everything that is stored of it.

use std::fmt;
use std::time::Duration;

use opencode_store::artifact::Artifact;
use opencode_store::reply::{StoredPart, UsageOf};
use opencode_store::turn::{EndKind, TurnEnd, TurnRecord};
use opencode_store::{Error, ErrorKind, Result, Store};
use opencode_wire::ids::SessionId;
use opencode_wire::model::MessageError;
use opencode_wire::reply::Usage;
use serde_json::Value;

/// How a turn ended, with everything that is stored of it. The same for whoever asks, in whichever process.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TurnOutcome {
    /// The turn; it has ended.
    pub turn: TurnRecord,
    /// What was said and done, in reading order, sub-agents included; partial unless the turn completed.
    pub parts: Vec<StoredPart>,
    /// What it used, sub-agents included.
    pub usage: Usage,
    /// The files that it left.
    pub artifacts: Vec<Artifact>,
    end: TurnEnd,
    /// The session that was prompted.
    root: Option<SessionId>,
}

/// What stands between two texts of an answer.
pub(crate) const SEPARATOR: &str = "\n\n";

impl TurnOutcome {
    /// Reads everything that is stored of a turn that has ended.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) when it has not ended; and when the database fails.
    pub async fn load(store: &Store, turn: TurnRecord) -> Result<Self> {
        let Some(end) = turn.end.clone() else {
            let message = format!("turn {} has not ended", turn.id);
            return Err(Error::new(ErrorKind::InvalidInput, message).with_turn(turn.id));
        };
        let parts = store.replies().parts(turn.id).await?;
        let usage = store.replies().usage(&UsageOf::Turn(turn.id)).await?;
        let artifacts = store.artifact_index().artifacts(turn.id).await?;
        // What comes first is said by the session that was prompted: sub-agents begin by a call of it.
        let root = parts.first().map(|part| part.session_id.clone());
        Ok(Self { turn, parts, usage, artifacts, end, root })
    }

    /// In which way it ended.
    #[must_use]
    pub fn status(&self) -> EndKind {
        self.end.kind
    }

    /// How it ended, in words too.
    #[must_use]
    pub fn end(&self) -> &TurnEnd {
        &self.end
    }

    /// Whether the answer is whole.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.end.kind.is_completed()
    }

    /// The answer's text: that of the prompted session, joined by blank lines.
    #[must_use]
    pub fn text(&self) -> String {
        self.join("text")
    }

    /// What the model thought, joined by blank lines.
    #[must_use]
    pub fn reasoning(&self) -> String {
        self.join("reasoning")
    }

    /// The parts of the prompted session as JSON, in reading order, in the form of
    /// [`Reply::canonical_parts`](opencode_wire::reply::Reply::canonical_parts).
    pub fn canonical_parts(&self) -> impl Iterator<Item = Value> {
        self.parts
            .iter()
            .filter(|part| Some(&part.session_id) == self.root.as_ref())
            .map(StoredPart::to_value)
    }

    fn join(&self, kind: &str) -> String {
        let texts = self.canonical_parts().filter(|part| part["type"] == kind);
        let texts: Vec<String> =
            texts.filter_map(|part| part["content"].as_str().map(str::to_owned)).collect();
        texts.join(SEPARATOR)
    }

    /// The answer to a prompt that asked for structured output.
    #[must_use]
    pub fn structured(&self) -> Option<Value> {
        match self.end.detail.as_ref()?.to_value() {
            Value::Object(mut detail) if self.is_completed() => detail.remove("structured"),
            _ => None,
        }
    }

    /// From the first claim to the end, by the store's clock, human waits included.
    #[must_use]
    pub fn duration(&self) -> Duration {
        let taken = self.turn.started_at.zip(self.turn.ended_at);
        let taken = taken.map(|(started, ended)| ended.duration_since(started));
        taken.and_then(|taken| Duration::try_from(taken).ok()).unwrap_or_default()
    }

    /// What the provider or the server said against the turn, if it failed by that.
    #[must_use]
    pub fn upstream_error(&self) -> Option<MessageError> {
        let detail = self.end.detail.as_ref().filter(|_| self.end.kind == EndKind::Failed)?;
        detail.parse().ok().filter(|error: &MessageError| !error.name.as_str().is_empty())
    }

    /// What the server lacks that the turn needed, if it failed by that: `steer`.
    #[must_use]
    pub fn unsupported(&self) -> Option<String> {
        let detail = self.end.detail.as_ref().filter(|_| self.end.kind == EndKind::Failed)?.to_value();
        Some(detail.get("unsupported")?.as_str()?.to_owned())
    }

    /// Whether the same prompt may succeed when it is admitted again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.end.kind {
            EndKind::Limit | EndKind::Lost => true,
            EndKind::Failed => {
                self.upstream_error().is_some_and(|error| error.data.is_retryable == Some(true))
            }
            _ => false,
        }
    }

    /// The outcome of a turn that completed.
    ///
    /// # Errors
    ///
    /// When it ended in any other way. The error carries the outcome, with what was said until then.
    pub fn into_completed(self) -> Result<Self, TurnError> {
        if self.is_completed() { Ok(self) } else { Err(TurnError { outcome: Box::new(self) }) }
    }
}

/// A turn that did not complete.
pub struct TurnError {
    outcome: Box<TurnOutcome>,
}

impl TurnError {
    /// In which way it ended instead.
    #[must_use]
    pub fn kind(&self) -> EndKind {
        self.outcome.status()
    }

    /// How it ended instead, with what was said until then.
    #[must_use]
    pub fn outcome(&self) -> &TurnOutcome {
        &self.outcome
    }

    /// How it ended instead, with what was said until then.
    #[must_use]
    pub fn into_outcome(self) -> TurnOutcome {
        *self.outcome
    }
}

impl fmt::Debug for TurnError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("TurnError").field(self.outcome.end()).finish()
    }
}

impl fmt::Display for TurnError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "turn {} did not complete: {}", self.outcome.turn.id, self.outcome.end.message)
    }
}

impl std::error::Error for TurnError {}
