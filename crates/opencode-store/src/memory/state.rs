//! What is stored, and at which instant it is looked at.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::blobs::BlobRow;
use super::mints::Attempt;
use super::table::Turns;
use crate::blocker::BlockerRecord;
use crate::millis::{Millis, timestamp};
use crate::session::{SessionRecord, SessionRowId, SessionStatus, Subject};
use crate::wake::Topic;

/// Everything that is stored. Its methods check first and change then, so that an error leaves it as it was.
#[derive(Default)]
pub(super) struct State {
    /// The instant of the present step.
    pub(super) now: Millis,
    /// Who is to be woken after the present step.
    pub(super) woken: Vec<Topic>,
    pub(super) sessions: BTreeMap<SessionRowId, SessionRow>,
    // Invariant: exactly the subjects of `sessions`.
    pub(super) subjects: BTreeMap<Subject, SessionRowId>,
    /// Attempts to mint, by their tokens.
    pub(super) attempts: BTreeMap<String, Attempt>,
    pub(super) turns: Turns,
    /// Requests in the order in which they came up. None is left of a turn that was deleted.
    pub(super) requests: BTreeMap<i64, BlockerRecord>,
    /// Objects that hold bytes of artifacts, by their keys.
    pub(super) blobs: BTreeMap<String, BlobRow>,
    last_session: i64,
    last_request: i64,
}

/// A session as it is stored, and who is making an upstream session for it.
pub(super) struct SessionRow {
    pub(super) record: SessionRecord,
    /// The token of the attempt that is under way, and the end of its lease.
    pub(super) mint: Option<(String, Millis)>,
}

impl State {
    /// The instant of the present step, as it is shown.
    pub(super) fn at(&self) -> Timestamp {
        timestamp(self.now)
    }

    pub(super) fn wake(&mut self, topic: Topic) {
        self.woken.push(topic);
    }

    pub(super) fn session_of(&self, subject: &Subject) -> Option<&SessionRow> {
        self.sessions.get(self.subjects.get(subject)?)
    }

    /// The row of a subject, which is made where there is none.
    pub(super) fn session_row(&mut self, subject: &Subject) -> &mut SessionRow {
        let id = self.subjects.get(subject).copied().unwrap_or_else(|| {
            self.last_session += 1;
            let id = SessionRowId::new(self.last_session);
            self.subjects.insert(subject.clone(), id);
            id
        });
        let at = timestamp(self.now);
        self.sessions
            .entry(id)
            .or_insert_with(|| SessionRow { record: SessionRecord::new(id, subject.clone(), at), mint: None })
    }

    /// Notes the state of a session where it may become that.
    pub(super) fn set_session_status(&mut self, id: SessionRowId, status: SessionStatus) -> bool {
        let at = self.at();
        let Some(row) = self.sessions.get_mut(&id) else { return false };
        if !row.record.status.may_become(status) {
            return false;
        }
        if row.record.status != status {
            row.record.status = status;
            row.record.updated_at = at;
            self.wake(Topic::Session(id));
        }
        true
    }

    pub(super) fn next_request(&mut self) -> i64 {
        self.last_request += 1;
        self.last_request
    }
}
