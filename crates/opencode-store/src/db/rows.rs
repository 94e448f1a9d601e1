//! Rows as they are read, and what they mean.

use diesel::prelude::*;
use opencode_wire::ids::{MessageId, PartId, SessionId};
use opencode_wire::model::Json;

use super::schema::{artifacts, blockers, sessions, turns};
use crate::artifact::{Artifact, ArtifactName, Blob, NewArtifact};
use crate::blocker::{BlockerKind, BlockerRecord, BlockerState, NewBlocker};
use crate::error::{Error, Result};
use crate::millis::{Millis, timestamp};
use crate::reply::{Growing, StoredPart};
use crate::session::{ConfigFingerprint, SessionRecord, SessionRowId, SessionStatus, Subject};
use crate::turn::{Delivery, EndKind, StopReason, TurnEnd, TurnId, TurnRecord, TurnState};

/// A row of `sessions`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub(crate) struct SessionRow {
    pub(crate) id: i64,
    scope: String,
    key: String,
    agent: String,
    pub(crate) upstream_id: Option<String>,
    pub(crate) status: String,
    pub(crate) generation: i64,
    binding: Option<String>,
    permissions: Option<String>,
    pub(crate) server: Option<String>,
    pub(crate) directory: Option<String>,
    pub(crate) mint_token: Option<String>,
    pub(crate) mint_until: Millis,
    created_at: Millis,
    updated_at: Millis,
}

impl SessionRow {
    pub(crate) fn into_record(self) -> Result<SessionRecord> {
        let subject = Subject::of_row(self.scope, self.key, self.agent);
        let mut record = SessionRecord::new(SessionRowId::new(self.id), subject, timestamp(self.created_at));
        record.upstream_id = self.upstream_id.as_deref().map(SessionId::from_wire);
        record.status = word(&self.status, SessionStatus::from_word)?;
        record.generation = number(self.generation)?;
        record.fingerprint = match (self.binding, self.permissions) {
            (Some(binding), Some(permissions)) => Some(ConfigFingerprint::new(binding, permissions)),
            _ => None,
        };
        record.server = self.server;
        record.directory = self.directory;
        record.updated_at = timestamp(self.updated_at);
        Ok(record)
    }

    /// The end of the attempt that is under way.
    pub(crate) fn minting_until(&self) -> Option<Millis> {
        self.mint_token.is_some().then_some(self.mint_until)
    }
}

/// A row of `turns`, without its prompt.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = turns)]
pub(crate) struct TurnRow {
    pub(crate) id: i64,
    pub(crate) session_id: i64,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) message_id: String,
    pub(crate) payload: String,
    pub(crate) delivery: String,
    pub(crate) state: String,
    pub(crate) owner: Option<String>,
    pub(crate) attempt: i64,
    pub(crate) lease_until: Millis,
    pub(crate) joined_to: Option<i64>,
    pub(crate) prompted_at: Option<Millis>,
    pub(crate) stop: Option<String>,
    pub(crate) end_kind: Option<String>,
    pub(crate) end_message: Option<String>,
    pub(crate) end_detail: Option<String>,
    pub(crate) admitted_at: Millis,
    pub(crate) started_at: Option<Millis>,
    pub(crate) ended_at: Option<Millis>,
    pub(crate) pruned_to: i64,
}

impl TurnRow {
    pub(crate) fn state(&self) -> Result<TurnState> {
        word(&self.state, TurnState::from_word)
    }

    pub(crate) fn stop(&self) -> Result<Option<StopReason>> {
        self.stop.as_deref().map(|words| word(words, StopReason::from_words)).transpose()
    }

    pub(crate) fn end(&self) -> Result<Option<TurnEnd>> {
        let Some(kind) = &self.end_kind else { return Ok(None) };
        let kind = word(kind, EndKind::from_word)?;
        let mut end = TurnEnd::new(kind, self.end_message.clone().unwrap_or_default());
        end.detail = self.end_detail.as_deref().map(json).transpose()?;
        Ok(Some(end))
    }

    pub(crate) fn into_record(self) -> Result<TurnRecord> {
        Ok(TurnRecord {
            id: TurnId::new(self.id),
            session: SessionRowId::new(self.session_id),
            delivery: word(&self.delivery, Delivery::from_word)?,
            state: self.state()?,
            stop: self.stop()?,
            end: self.end()?,
            message_id: MessageId::from_wire(&self.message_id),
            idempotency_key: self.idempotency_key,
            lease_until: (self.owner.is_some() && self.ended_at.is_none())
                .then(|| timestamp(self.lease_until)),
            owner: self.owner,
            attempt: number(self.attempt)?,
            joined_to: self.joined_to.map(TurnId::new),
            prompted_at: self.prompted_at.map(timestamp),
            admitted_at: timestamp(self.admitted_at),
            started_at: self.started_at.map(timestamp),
            ended_at: self.ended_at.map(timestamp),
        })
    }
}

/// A row of `turns` to insert.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = turns, treat_none_as_default_value = false)]
pub(crate) struct NewTurnRow<'a> {
    pub(crate) session_id: i64,
    pub(crate) scope: &'a str,
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) message_id: &'a str,
    pub(crate) payload: &'a str,
    pub(crate) prompt: Option<&'a str>,
    pub(crate) delivery: &'static str,
    pub(crate) lane: i64,
    pub(crate) state: &'static str,
    pub(crate) attempt: i64,
    pub(crate) lease_until: Millis,
    pub(crate) admitted_at: Millis,
    pub(crate) pruned_to: i64,
}

impl NewTurnRow<'_> {
    /// The row as it is read back under that number.
    pub(crate) fn stored_as(&self, id: i64) -> TurnRow {
        TurnRow {
            id,
            session_id: self.session_id,
            idempotency_key: self.idempotency_key.map(str::to_owned),
            message_id: self.message_id.to_owned(),
            payload: self.payload.to_owned(),
            delivery: self.delivery.to_owned(),
            state: self.state.to_owned(),
            owner: None,
            attempt: self.attempt,
            lease_until: self.lease_until,
            joined_to: None,
            prompted_at: None,
            stop: None,
            end_kind: None,
            end_message: None,
            end_detail: None,
            admitted_at: self.admitted_at,
            started_at: None,
            ended_at: None,
            pruned_to: self.pruned_to,
        }
    }
}

/// A part with one piece of its growing text, or none: id, session, ordinal, body, field that grows, text.
pub(crate) type PartPiece = (String, String, i64, String, Option<String>, Option<String>);

/// Puts the pieces of parts together. They come in reading order, and each part's in the order of its text.
pub(crate) fn assemble(pieces: Vec<PartPiece>) -> Result<Vec<StoredPart>> {
    let mut parts: Vec<StoredPart> = Vec::new();
    for (part_id, session_id, ordinal, body, grows, text) in pieces {
        if let Some(last) = parts.last_mut()
            && last.part_id.as_str() == part_id
        {
            if let (Some(growing), Some(text)) = (&mut last.growing, text) {
                growing.text.push_str(&text);
            }
            continue;
        }
        let growing = grows.map(|field| Growing::new(field, text.unwrap_or_default()));
        parts.push(StoredPart::new(
            PartId::from_wire(&part_id),
            SessionId::from_wire(&session_id),
            number(ordinal)?,
            json(&body)?,
            growing,
        ));
    }
    Ok(parts)
}

/// A row of `blockers`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = blockers)]
pub(crate) struct BlockerRow {
    pub(crate) id: i64,
    turn_id: i64,
    session_id: i64,
    request_id: String,
    upstream_session: String,
    kind: String,
    payload: String,
    pub(crate) state: String,
    expires_at: Option<Millis>,
    asked_at: Millis,
    pub(crate) answer: Option<String>,
    pub(crate) answered_by: Option<String>,
    answered_at: Option<Millis>,
}

impl BlockerRow {
    pub(crate) fn state(&self) -> Result<BlockerState> {
        word(&self.state, BlockerState::from_word)
    }

    pub(crate) fn into_record(self) -> Result<BlockerRecord> {
        let state = self.state()?;
        let kind = word(&self.kind, BlockerKind::from_word)?;
        let session_id = SessionId::from_wire(&self.upstream_session);
        let mut request = NewBlocker::new(self.request_id, session_id, kind, json(&self.payload)?);
        request.expires_at = self.expires_at.map(timestamp);
        let (turn, session) = (TurnId::new(self.turn_id), SessionRowId::new(self.session_id));
        let mut record = BlockerRecord::new(turn, session, request, timestamp(self.asked_at));
        record.state = state;
        record.answer = self.answer.as_deref().map(json).transpose()?;
        record.answered_by = self.answered_by;
        record.answered_at = self.answered_at.map(timestamp);
        Ok(record)
    }
}

/// A row of `artifacts`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = artifacts)]
pub(crate) struct ArtifactRow {
    turn_id: i64,
    name: String,
    pub(crate) content_type: String,
    size: i64,
    pub(crate) digest: String,
    pub(crate) object_key: String,
    pub(crate) trust: Option<String>,
    pub(crate) revision: i64,
    pub(crate) created_at: Millis,
    updated_at: Millis,
}

impl ArtifactRow {
    pub(crate) fn into_record(self) -> Result<Artifact> {
        let digest = self.digest.parse().map_err(|_| shape())?;
        let (size, revision) = (number(self.size)?, number(self.revision)?);
        let name = ArtifactName::of_row(self.name);
        let new = NewArtifact::new(
            TurnId::new(self.turn_id),
            name,
            self.content_type,
            size,
            digest,
            self.object_key,
        )
        .with_trust(self.trust.as_deref().map(json).transpose()?);
        Ok(Artifact::new(&new, revision, timestamp(self.created_at), timestamp(self.updated_at)))
    }
}

/// An object: digest, key, size.
pub(crate) fn blob((digest, object_key, size): (String, String, i64)) -> Result<Blob> {
    Ok(Blob::new(digest.parse().map_err(|_| shape())?, object_key, number(size)?))
}

/// A number that cannot be negative.
pub(crate) fn number(value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|_| shape())
}

/// A number as it is stored.
pub(crate) fn stored(value: u64) -> Result<i64> {
    i64::try_from(value).map_err(|_| Error::invalid("a number is larger than a database can hold"))
}

fn word<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T> {
    read(text).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        Error::corrupt(format!("a stored row holds the word {shown:?}, which this version does not know"))
    })
}

pub(crate) fn json(text: &str) -> Result<Json> {
    serde_json::from_str(text)
        .map_err(|source| Error::corrupt("a stored value is no JSON").with_source(source))
}

fn shape() -> Error {
    Error::corrupt("a stored row has another shape")
}
