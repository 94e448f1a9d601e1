//! What must hold of everything that is stored.

use std::collections::BTreeSet;

use super::state::State;
use crate::doctor::Diagnosis;
use crate::session::SessionRowId;
use crate::turn::TurnState;

impl State {
    pub(super) fn diagnose(&self) -> Diagnosis {
        let mut diagnosis = Diagnosis::default();
        diagnosis.fine("everything is in memory, and ends with this process");
        let (sessions, turns) = (self.sessions.len(), self.turns.all().count());
        let (open, attempts) = (self.turns.open().count(), self.attempts.len());
        diagnosis.fine(format!("{sessions} sessions, {turns} turns, {open} of them open"));
        diagnosis.fine(format!("{attempts} attempts to make sessions are noted"));
        self.check_heads(&mut diagnosis);
        self.check_joined(&mut diagnosis);
        self.check_blobs(&mut diagnosis);
        diagnosis
    }

    fn check_heads(&self, diagnosis: &mut Diagnosis) {
        let open: BTreeSet<SessionRowId> = self.turns.open().map(|row| row.record.session).collect();
        let is_head = |session: SessionRowId| {
            let apart = self.turns.open_of(session).filter(|row| row.record.joined_to.is_none());
            apart.filter(|row| row.record.state != TurnState::Queued).count() == 1
        };
        match open.into_iter().find(|session| !is_head(*session)) {
            Some(session) => {
                diagnosis.broken(format!("session {session} has not one turn that is next or runs"))
            }
            None => diagnosis.fine("every session with an open turn has one that is next or runs"),
        }
    }

    fn check_joined(&self, diagnosis: &mut Diagnosis) {
        let mut joined = self.turns.open().filter_map(|row| Some((&row.record, row.record.joined_to?)));
        let is_led = |head| {
            let head = self.turns.get(head).map(|row| &row.record);
            head.is_some_and(|head| head.state.is_active() && head.joined_to.is_none())
        };
        match joined.find(|(record, head)| !record.state.is_active() || !is_led(*head)) {
            Some((record, _)) => {
                diagnosis.broken(format!("turn {} is steered into none that runs", record.id))
            }
            None => diagnosis.fine("every turn that was steered is with one that runs"),
        }
    }

    fn check_blobs(&self, diagnosis: &mut Diagnosis) {
        match self.named_digests().into_iter().find(|digest| self.live_blob(*digest).is_none()) {
            Some(digest) => diagnosis.broken(format!("no object holds the bytes of {digest}")),
            None => diagnosis.fine("every artifact has an object that holds its bytes"),
        }
    }
}
