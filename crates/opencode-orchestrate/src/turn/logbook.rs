//! Writes the log of a turn.

use std::sync::Arc;
use std::time::Duration;

use opencode_store::event::EventLog;
use opencode_store::reply::{SnapshotPolicy, Snapshotter};
use opencode_store::turn::{Claim, Lease};
use opencode_store::{ErrorKind, Result};
use opencode_wire::model::Json;
use opencode_wire::reply::{Blocker, Change, ChangeKind, Reply};

use crate::log::Entry;

/// So many bytes are told at once, even before the time has come.
const AT_ONCE: usize = 16 * 1024;

/// Writes the log of a turn: what parts say, in stretches, and between them what else happens.
pub(super) struct Logbook {
    events: Arc<dyn EventLog>,
    lease: Lease,
    every: Duration,
    /// What was told of parts and steps.
    parts: Snapshotter,
    /// What is told before everything else.
    began: Option<Entry>,
    /// What is to be told beside parts.
    notes: Vec<Entry>,
    /// What is written, and not known to be stored.
    unsure: Vec<String>,
    last_seq: u64,
    new_bytes: usize,
    /// Since when something is to be told.
    since: Option<Duration>,
}

impl Logbook {
    pub(super) fn new(events: Arc<dyn EventLog>, claim: &Claim, every: Duration) -> Self {
        Self {
            events,
            lease: claim.lease.clone(),
            every,
            parts: Snapshotter::new(SnapshotPolicy::default()),
            notes: Vec::new(),
            began: Some(Entry::Began { attempt: claim.lease.attempt }),
            unsure: Vec::new(),
            last_seq: claim.last_seq,
            new_bytes: 0,
            since: Some(Duration::ZERO),
        }
    }

    pub(super) fn note(&mut self, change: &Change, reply: &Reply, now: Duration) {
        self.parts.note(change);
        if let ChangeKind::Text { delta, .. } | ChangeKind::Reasoning { delta, .. } = &change.kind {
            self.new_bytes += delta.len();
        }
        self.notes.extend(entry(change, reply));
        self.since.get_or_insert(now);
    }

    /// When something is to be told.
    pub(super) fn due_at(&self) -> Option<Duration> {
        self.since.map(|since| since + self.every)
    }

    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.new_bytes >= AT_ONCE || self.due_at().is_some_and(|at| at <= now)
    }

    /// Tells everything anew: something may have been said that no change has told.
    pub(super) fn begin_anew(&mut self, reply: &Reply) {
        self.parts.begin_anew(reply);
    }

    /// Writes what there is.
    pub(super) async fn write(&mut self, reply: &Reply) -> Result<()> {
        // What is not known to be stored comes first, at its place: that tells whether it is.
        self.append().await?;
        let told = self.parts.take(reply, Duration::ZERO);
        let parts = told.parts.into_iter().map(Entry::from);
        let removed = told.removed.into_iter().map(|part_id| Entry::Removed { part_id });
        let steps = told.usage.into_iter().map(Entry::from);
        let said = parts.chain(removed).chain(steps).chain(std::mem::take(&mut self.notes));
        let entries = self.began.take().into_iter().chain(said);
        self.unsure = entries.map(|entry| entry.to_payload()).collect();
        (self.new_bytes, self.since) = (0, None);
        let appended = self.append().await;
        if appended.is_err() {
            self.since = Some(Duration::ZERO);
        }
        appended
    }

    async fn append(&mut self) -> Result<()> {
        if self.unsure.is_empty() {
            return Ok(());
        }
        match self.events.append(&self.lease, self.last_seq, &self.unsure).await {
            Ok(last_seq) => self.last_seq = last_seq,
            // Nobody else writes this log, so it is stored already, by a try of which nothing was known.
            Err(error) if error.kind() == ErrorKind::Conflict => self.last_seq += self.unsure.len() as u64,
            Err(error) if error.is_transient() || error.kind() == ErrorKind::LeaseLost => return Err(error),
            Err(error) => {
                // It will never be stored: whoever follows does without it, and reads the parts.
                self.unsure.clear();
                return Err(error);
            }
        }
        self.unsure.clear();
        Ok(())
    }
}

/// What is told of a change beside what parts say.
fn entry(change: &Change, reply: &Reply) -> Option<Entry> {
    let session_id = change.session_id.clone();
    Some(match &change.kind {
        ChangeKind::Accepted => Entry::Accepted {},
        ChangeKind::Status(status) => Entry::Status { session_id, status: Json::from_value(status).ok()? },
        ChangeKind::Todos(todos) => Entry::Todos { session_id, todos: todos.clone() },
        ChangeKind::ChildStarted { parent_id } => Entry::Child { session_id, parent_id: parent_id.clone() },
        ChangeKind::Blocked(blocker) => blocked(blocker)?,
        ChangeKind::Unblocked { id, .. } => Entry::Unblocked { request_id: id.to_string() },
        ChangeKind::Failed(error) => {
            Entry::Failed { session_id, error: Json::from_value(error.as_ref()).ok()? }
        }
        ChangeKind::Compacted => Entry::Compacted { session_id },
        ChangeKind::Gap => Entry::Gap {},
        _ => return None,
    })
    .filter(|_| reply.contains_session(&change.session_id))
}

fn blocked(blocker: &Blocker) -> Option<Entry> {
    let (kind, request) = match blocker {
        Blocker::Permission(request) => ("permission", Json::from_value(request).ok()?),
        Blocker::Question(request) => ("question", Json::from_value(request).ok()?),
        _ => return None,
    };
    Some(Entry::Blocked {
        request_id: blocker.id().to_string(),
        session_id: blocker.session_id().clone(),
        kind: kind.to_owned(),
        request,
    })
}
