//! How turns end, and what becomes of those that wait for them.

use super::leases::is_of;
use super::state::State;
use crate::error::{Error, Result};
use crate::text::check_text;
use crate::turn::{EndKind, Finished, Lease, StopReason, StopRequested, TurnEnd, TurnId, TurnState};
use crate::wake::Topic;

impl State {
    pub(super) fn finish(&mut self, lease: &Lease, end: &TurnEnd) -> Result<Finished> {
        check_text("end of the turn", &end.message)?;
        if let Some(detail) = &end.detail {
            check_text("detail of the end", detail.as_str())?;
        }
        let record = self.turns.get(lease.turn).map(|row| &row.record);
        let record = record.filter(|record| is_of(record, lease));
        let record = record.ok_or_else(|| Error::lease_lost(lease.turn))?;
        if record.state == TurnState::Ended {
            return Ok(Finished::new(record.clone(), false));
        }
        self.held(lease)?;
        self.end_turn(lease.turn, end.clone());
        Ok(Finished::new(self.turns.need(lease.turn)?.record.clone(), true))
    }

    pub(super) fn request_stop(&mut self, id: TurnId, reason: StopReason) -> Result<StopRequested> {
        let record = &self.turns.need(id)?.record;
        if let Some(end) = &record.end {
            return Ok(StopRequested::AlreadyEnded(end.clone()));
        }
        if record.state.is_active() {
            self.stop_turn(id, reason);
            return Ok(StopRequested::Requested);
        }
        let end = match reason {
            StopReason::Cancelled => TurnEnd::new(EndKind::Cancelled, "cancelled before it began"),
            StopReason::Superseded(by) => {
                TurnEnd::new(EndKind::Superseded, format!("superseded by turn {by} before it began"))
            }
        };
        self.end_turn(id, end);
        Ok(StopRequested::Withdrawn)
    }

    /// Ends a turn and lets its session go on.
    fn end_turn(&mut self, id: TurnId, end: TurnEnd) {
        let Some(row) = self.turns.get(id) else { return };
        let (session, was_joined) = (row.record.session, row.record.joined_to.is_some());
        let joined = self.joined(id);
        let at = self.at();
        self.turns.edit(id, |record| {
            record.end = Some(end.after_stop(record.stop));
            record.state = TurnState::Ended;
            record.ended_at = Some(at);
            record.lease_until = None;
        });
        self.withdraw_requests(id);
        self.wake(Topic::Turn(id));
        if !was_joined {
            self.release(&joined);
            if self.head(session).is_none() {
                self.choose_next(session);
            }
            self.come_to_rest(session);
        }
    }

    /// Lets go of turns that were steered into one that has ended. The first that is on the server leads the others
    /// that are; those that are not wait again.
    fn release(&mut self, joined: &[TurnId]) {
        let mut leader = None;
        for &id in joined {
            self.turns.edit(id, |record| {
                record.joined_to = leader;
                if record.prompted_at.is_some() {
                    // Its owner goes on with it: its prompt may be on its way to the server.
                    leader = leader.or(Some(id));
                } else {
                    record.state = TurnState::Queued;
                    record.joined_to = None;
                    record.owner = None;
                    record.lease_until = None;
                }
            });
            self.wake(Topic::Turn(id));
        }
    }
}
