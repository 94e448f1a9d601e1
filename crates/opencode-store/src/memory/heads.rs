//! Which turn of a session is next or runs.

use super::state::State;
use crate::session::{SessionRowId, SessionStatus};
use crate::turn::{Head, StopReason, TurnId, TurnState};
use crate::wake::Topic;

impl State {
    /// The turn of a session that is next or runs. Turns that were steered into it are not heads.
    pub(super) fn head(&self, session: SessionRowId) -> Option<Head> {
        self.turns
            .open_of(session)
            .map(|row| &row.record)
            .find(|record| record.joined_to.is_none() && record.state != TurnState::Queued)
            .map(|record| Head { turn: record.id, state: record.state })
    }

    /// The open turns that were steered into that one, the oldest first.
    pub(super) fn joined(&self, head: TurnId) -> Vec<TurnId> {
        let Some(row) = self.turns.get(head) else { return Vec::new() };
        let open = self.turns.open_of(row.record.session).map(|row| &row.record);
        open.filter(|record| record.joined_to == Some(head)).map(|record| record.id).collect()
    }

    /// Says which waiting turn of a session is the next one, unless somebody works on one.
    pub(super) fn choose_next(&mut self, session: SessionRowId) {
        let head = self.head(session);
        if head.is_some_and(|head| head.state.is_active()) {
            return;
        }
        let waiting = self.turns.open_of(session).filter(|row| row.record.state.is_waiting());
        let Some(best) = waiting.min_by_key(|row| row.rank()).map(|row| row.record.id) else { return };
        if let Some(head) = head.filter(|head| head.turn != best) {
            self.set_turn_state(head.turn, TurnState::Queued);
        }
        if head.is_none_or(|head| head.turn != best) {
            self.make_ready(best);
        }
    }

    /// Lets a turn be claimed.
    pub(super) fn make_ready(&mut self, id: TurnId) {
        self.set_turn_state(id, TurnState::Ready);
        self.wake(Topic::Work);
    }

    pub(super) fn set_turn_state(&mut self, id: TurnId, state: TurnState) {
        self.turns.edit(id, |record| record.state = state);
        self.wake(Topic::Turn(id));
    }

    /// Asks whoever works on a turn to stop it. The first reason stays.
    pub(super) fn stop_turn(&mut self, id: TurnId, reason: StopReason) {
        self.turns.edit(id, |record| record.stop = record.stop.or(Some(reason)));
        self.wake(Topic::Turn(id));
        self.wake(Topic::Orders(id));
    }

    /// Notes that nothing runs in a session, if that is so. What crashed or was closed stays so.
    pub(super) fn come_to_rest(&mut self, session: SessionRowId) {
        let runs = self.head(session).is_some_and(|head| head.state.is_active());
        let status = self.sessions.get(&session).map(|row| row.record.status);
        if !runs && status == Some(SessionStatus::Active) {
            self.set_session_status(session, SessionStatus::Idle);
        }
    }
}
