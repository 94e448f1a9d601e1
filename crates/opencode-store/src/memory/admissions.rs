//! How prompts become turns, and where they stand in line.

use super::state::State;
use super::table::TurnRow;
use crate::error::{Error, ErrorKind, Result};
use crate::session::SessionRowId;
use crate::turn::{
    Admission, Admitted, Delivery, Placement, StopReason, TurnId, TurnRecord, TurnState, place,
};
use crate::wake::Topic;

impl State {
    pub(super) fn admit(&mut self, admission: &Admission) -> Result<Admitted> {
        let payload = admission.payload()?;
        let session = self.session_of(&admission.subject).map(|row| row.record.id);
        if let Some(first) = self.admitted(session, admission) {
            if Some(first.record.session) != session || first.payload != payload {
                return Err(in_the_way(first));
            }
            return Ok(Admitted::new(first.record.clone(), true));
        }
        if let Some(other) = self.turns.by_message(&admission.message_id) {
            return Err(in_the_way(other));
        }
        let placement = place(admission.delivery, session.and_then(|session| self.head(session)));
        if let Placement::Busy(head) = placement {
            return Err(Error::new(ErrorKind::Busy, "the session has an open turn").with_turn(head));
        }
        let record = self.new_turn(admission, placement.state());
        let id = record.id;
        self.turns.insert(record.clone(), admission.prompt.clone(), payload);
        self.take_place(id, placement);
        Ok(Admitted::new(record, false))
    }

    /// The turn that the same admission made earlier.
    fn admitted(&self, session: Option<SessionRowId>, admission: &Admission) -> Option<&TurnRow> {
        match &admission.idempotency_key {
            Some(key) => self.turns.by_key(session?, key),
            None => self.turns.by_message(&admission.message_id),
        }
    }

    fn new_turn(&mut self, admission: &Admission, state: TurnState) -> TurnRecord {
        TurnRecord {
            id: self.turns.next_id(),
            session: self.session_row(&admission.subject).record.id,
            idempotency_key: admission.idempotency_key.clone(),
            message_id: admission.message_id.clone(),
            delivery: admission.delivery,
            state,
            owner: None,
            attempt: 0,
            lease_until: None,
            joined_to: None,
            prompted_at: None,
            stop: None,
            end: None,
            admitted_at: self.at(),
            started_at: None,
            ended_at: None,
        }
    }

    /// Tells those whom a new turn concerns.
    fn take_place(&mut self, id: TurnId, placement: Placement) {
        match placement {
            Placement::Ready => self.wake(Topic::Work),
            Placement::Overtaking(head) => {
                self.set_turn_state(head, TurnState::Queued);
                self.wake(Topic::Work);
            }
            Placement::Interrupting(head) => self.stop_turn(head, StopReason::Superseded(id)),
            Placement::Steering(head) => self.wake(Topic::Orders(head)),
            Placement::Queued | Placement::Busy(_) => {}
        }
    }

    pub(super) fn relane(&mut self, id: TurnId, delivery: Delivery) -> Result<TurnRecord> {
        if delivery == Delivery::Reject {
            return Err(Error::invalid("a turn that was admitted cannot be delivered as `reject`"));
        }
        let record = &self.turns.need(id)?.record;
        let session = record.session;
        if !record.state.is_waiting() {
            let message = format!("the turn is {} and cannot be moved", record.state);
            return Err(Error::new(ErrorKind::Conflict, message).with_turn(id));
        }
        self.turns.edit(id, |record| record.delivery = delivery);
        self.wake(Topic::Turn(id));
        if let Some(head) = self.head(session).filter(|head| head.state.is_active()) {
            match delivery {
                Delivery::Interrupt => self.stop_turn(head.turn, StopReason::Superseded(id)),
                Delivery::Steer => self.wake(Topic::Orders(head.turn)),
                Delivery::Queue | Delivery::Reject => {}
            }
        }
        self.choose_next(session);
        Ok(self.turns.need(id)?.record.clone())
    }
}

fn in_the_way(turn: &TurnRow) -> Error {
    let message = "the key or the message id was used for something else";
    Error::new(ErrorKind::Conflict, message).with_turn(turn.record.id)
}
