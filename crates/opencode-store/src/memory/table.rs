//! The turns, and the ways in which they are found.

use std::collections::{BTreeMap, BTreeSet};

use opencode_wire::ids::{MessageId, PartId};
use opencode_wire::model::Json;

use crate::artifact::{Artifact, ArtifactName};
use crate::error::{Error, Result};
use crate::event::LoggedEvent;
use crate::reply::{StepUsage, StoredPart};
use crate::session::SessionRowId;
use crate::turn::{Payload, TurnId, TurnRecord, TurnState};

/// A turn and everything that belongs to it alone.
pub(super) struct TurnRow {
    pub(super) record: TurnRecord,
    pub(super) prompt: Json,
    pub(super) payload: Payload,
    /// The events after `pruned_to`, without a hole.
    pub(super) events: Vec<LoggedEvent>,
    pub(super) pruned_to: u64,
    pub(super) parts: BTreeMap<PartId, StoredPart>,
    pub(super) steps: BTreeMap<PartId, StepUsage>,
    pub(super) artifacts: BTreeMap<ArtifactName, Artifact>,
}

impl TurnRow {
    /// The number of its last event.
    pub(super) fn last_seq(&self) -> u64 {
        self.events.last().map_or(self.pruned_to, |event| event.seq)
    }

    /// By which it is sorted among those that wait.
    pub(super) fn rank(&self) -> (i64, TurnId) {
        (self.record.delivery.lane(), self.record.id)
    }
}

/// The turns, and the ways in which they are found.
#[derive(Default)]
pub(super) struct Turns {
    rows: BTreeMap<TurnId, TurnRow>,
    // Invariant: the other maps say of `rows` what their keys say; `open` has those that have not ended.
    messages: BTreeMap<MessageId, TurnId>,
    keys: BTreeMap<(SessionRowId, String), TurnId>,
    open: BTreeMap<SessionRowId, BTreeSet<TurnId>>,
    last: i64,
}

impl Turns {
    /// The number that the next turn gets.
    pub(super) fn next_id(&self) -> TurnId {
        TurnId::new(self.last + 1)
    }

    /// Adds a turn that waits.
    pub(super) fn insert(&mut self, record: TurnRecord, prompt: Json, payload: Payload) {
        let id = record.id;
        self.last = self.last.max(id.get());
        self.messages.insert(record.message_id.clone(), id);
        if let Some(key) = &record.idempotency_key {
            self.keys.insert((record.session, key.clone()), id);
        }
        self.open.entry(record.session).or_default().insert(id);
        let row = TurnRow {
            record,
            prompt,
            payload,
            events: Vec::new(),
            pruned_to: 0,
            parts: BTreeMap::new(),
            steps: BTreeMap::new(),
            artifacts: BTreeMap::new(),
        };
        self.rows.insert(id, row);
    }

    pub(super) fn get(&self, id: TurnId) -> Option<&TurnRow> {
        self.rows.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: TurnId) -> Option<&mut TurnRow> {
        self.rows.get_mut(&id)
    }

    /// The turn, or the error that says that there is none.
    pub(super) fn need(&self, id: TurnId) -> Result<&TurnRow> {
        self.rows.get(&id).ok_or_else(|| Error::not_found(format!("there is no turn {id}")))
    }

    /// Changes the record of a turn, if it is still there.
    pub(super) fn edit(&mut self, id: TurnId, change: impl FnOnce(&mut TurnRecord)) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        change(&mut row.record);
        if row.record.state == TurnState::Ended {
            let session = row.record.session;
            if let Some(open) = self.open.get_mut(&session) {
                open.remove(&id);
                if open.is_empty() {
                    self.open.remove(&session);
                }
            }
        }
    }

    pub(super) fn by_message(&self, message: &MessageId) -> Option<&TurnRow> {
        self.rows.get(self.messages.get(message)?)
    }

    pub(super) fn by_key(&self, session: SessionRowId, key: &str) -> Option<&TurnRow> {
        self.rows.get(self.keys.get(&(session, key.to_owned()))?)
    }

    /// Every turn, the oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &TurnRow> {
        self.rows.values()
    }

    /// Every turn, the oldest first.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut TurnRow> {
        self.rows.values_mut()
    }

    /// The turns that have not ended, session by session.
    pub(super) fn open(&self) -> impl Iterator<Item = &TurnRow> {
        self.open.values().flatten().filter_map(|id| self.rows.get(id))
    }

    /// The turns of a session that have not ended, the oldest first.
    pub(super) fn open_of(&self, session: SessionRowId) -> impl Iterator<Item = &TurnRow> {
        self.open.get(&session).into_iter().flatten().filter_map(|id| self.rows.get(id))
    }

    /// Deletes the turns of a session with everything that belongs to them, and says which they were.
    pub(super) fn remove_session(&mut self, session: SessionRowId) -> Vec<TurnId> {
        self.messages.retain(|_, id| self.rows.get(id).is_some_and(|row| row.record.session != session));
        self.keys.retain(|(of, _), _| *of != session);
        self.open.remove(&session);
        let of_session = self.rows.values().filter(|row| row.record.session == session);
        let removed: Vec<TurnId> = of_session.map(|row| row.record.id).collect();
        for id in &removed {
            self.rows.remove(id);
        }
        removed
    }
}
