//! Requests in memory.

use async_trait::async_trait;
use opencode_wire::model::Json;

use super::MemoryStore;
use super::state::State;
use crate::blocker::{Answered, BlockerRecord, BlockerState, BlockerStore, NewBlocker, OpenIn};
use crate::error::{Error, Result};
use crate::text::check_text;
use crate::turn::{Lease, TurnId};
use crate::wake::Topic;

#[async_trait]
impl BlockerStore for MemoryStore {
    async fn ask(&self, lease: &Lease, request: &NewBlocker) -> Result<BlockerRecord> {
        self.step(|state| state.ask(lease, request))
    }

    async fn answer(&self, turn: TurnId, request_id: &str, answer: &Json, by: &str) -> Result<Answered> {
        self.step(|state| state.answer(turn, request_id, answer, by))
    }

    async fn settle(&self, lease: &Lease, request_id: &str, end: BlockerState) -> Result<bool> {
        self.step(|state| state.settle(lease, request_id, end))
    }

    async fn blockers(&self, turn: TurnId) -> Result<Vec<BlockerRecord>> {
        let of_turn = |request: &&BlockerRecord| request.turn == turn;
        Ok(self.step(|state| state.requests.values().filter(of_turn).cloned().collect()))
    }

    async fn open_blockers(&self, within: &OpenIn, limit: usize) -> Result<Vec<BlockerRecord>> {
        Ok(self.step(|state| state.open_requests(within, limit)))
    }
}

impl State {
    fn ask(&mut self, lease: &Lease, request: &NewBlocker) -> Result<BlockerRecord> {
        request.check()?;
        let session = self.held(lease)?.record.session;
        if let Ok(there) = self.request_mut(lease.turn, &request.request_id) {
            return Ok(there.clone());
        }
        let asked = BlockerRecord::new(lease.turn, session, request.clone(), self.at());
        let number = self.next_request();
        self.requests.insert(number, asked.clone());
        self.wake(Topic::Turn(lease.turn));
        Ok(asked)
    }

    fn answer(&mut self, turn: TurnId, request_id: &str, answer: &Json, by: &str) -> Result<Answered> {
        check_text("answer", answer.as_str())?;
        check_text("name of who answers", by)?;
        let at = self.at();
        let request = self.request_mut(turn, request_id)?;
        match request.state {
            BlockerState::Open => {
                request.state = BlockerState::Answered;
                request.answer = Some(answer.clone());
                request.answered_by = Some(by.to_owned());
                request.answered_at = Some(at);
                let accepted = request.clone();
                self.wake(Topic::Turn(turn));
                self.wake(Topic::Orders(turn));
                Ok(Answered::Accepted(accepted))
            }
            BlockerState::Answered | BlockerState::Delivered
                if request.answer.as_ref() == Some(answer) && request.answered_by.as_deref() == Some(by) =>
            {
                Ok(Answered::Repeated(request.clone()))
            }
            _ => Ok(Answered::TooLate(request.clone())),
        }
    }

    fn settle(&mut self, lease: &Lease, request_id: &str, end: BlockerState) -> Result<bool> {
        self.held(lease)?;
        let request = self.request_mut(lease.turn, request_id)?;
        let may = request.state.may_settle_as(end);
        if may {
            request.state = end;
            self.wake(Topic::Turn(lease.turn));
        }
        Ok(may)
    }

    /// Notes that nobody waits any more for answers to what a turn has asked.
    pub(super) fn withdraw_requests(&mut self, turn: TurnId) {
        for request in self.requests.values_mut().filter(|request| request.turn == turn) {
            if request.state.may_settle_as(BlockerState::Withdrawn) {
                request.state = BlockerState::Withdrawn;
            }
        }
    }

    fn request_mut(&mut self, turn: TurnId, request_id: &str) -> Result<&mut BlockerRecord> {
        let mut requests = self.requests.values_mut();
        let found = requests.find(|request| request.turn == turn && request.request.request_id == request_id);
        found.ok_or_else(|| Error::not_found(format!("turn {turn} has no such request")).with_turn(turn))
    }

    fn open_requests(&self, within: &OpenIn, limit: usize) -> Vec<BlockerRecord> {
        let is_within = |request: &&BlockerRecord| match within {
            OpenIn::Turn(turn) => request.turn == *turn,
            OpenIn::Session(session) => request.session == *session,
            OpenIn::Scope(scope) => {
                self.sessions.get(&request.session).is_some_and(|row| row.record.subject.scope() == scope)
            }
            OpenIn::Everywhere => true,
        };
        let open = self.requests.values().filter(|request| request.state == BlockerState::Open);
        open.filter(is_within).take(limit).cloned().collect()
    }
}
