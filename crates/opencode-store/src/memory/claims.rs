//! How turns get their workers.

use super::state::State;
use super::table::TurnRow;
use crate::error::{Error, Result};
use crate::millis::{self, timestamp};
use crate::session::SessionStatus;
use crate::text::check_key;
use crate::turn::{Claim, ClaimRequest, Delivery, Lease, TurnId, TurnRecord, TurnState};
use crate::wake::Topic;

impl State {
    pub(super) fn claim(&mut self, request: &ClaimRequest) -> Result<Option<Claim>> {
        check_key("owner", &request.owner)?;
        let Some(id) = self.claimable(request) else { return Ok(None) };
        let mut record = self.turns.need(id)?.record.clone();
        record.owner = Some(request.owner.clone());
        record.lease_until = Some(timestamp(self.now.saturating_add(millis::of(request.lease))));
        self.begin(id, &record);
        for joined in self.joined(id) {
            self.begin(joined, &record);
        }
        self.set_session_status(record.session, SessionStatus::Active);
        self.claimed(id).map(Some)
    }

    pub(super) fn take_steers(&mut self, lease: &Lease) -> Result<Vec<Claim>> {
        let head = self.held(lease)?.record.clone();
        if head.joined_to.is_some() {
            return Err(Error::invalid("nothing is steered into a turn that was steered itself"));
        }
        let open = self.turns.open_of(head.session).map(|row| &row.record);
        let steers: Vec<TurnId> = open
            .filter(|record| record.state.is_waiting() && record.delivery == Delivery::Steer)
            .map(|record| record.id)
            .collect();
        for &id in &steers {
            self.begin(id, &head);
            self.turns.edit(id, |record| record.joined_to = Some(head.id));
        }
        steers.into_iter().map(|id| self.claimed(id)).collect()
    }

    /// The turn whose lease ended first, or else the oldest that is ready.
    fn claimable(&self, request: &ClaimRequest) -> Option<TurnId> {
        let now = self.at();
        let may_be_taken = |row: &&TurnRow| {
            let session = self.sessions.get(&row.record.session);
            let scope = session.map(|session| session.record.subject.scope());
            match request.only {
                Some(only) => only == row.record.id,
                None => !request.skip_scopes.iter().any(|skipped| Some(skipped.as_str()) == scope),
            }
        };
        let lapsed = self
            .turns
            .open()
            .filter(|TurnRow { record, .. }| {
                let has_ended = record.lease_until.is_none_or(|until| until < now);
                record.state.is_active() && record.joined_to.is_none() && has_ended
            })
            .filter(may_be_taken)
            .min_by_key(|row| (row.record.lease_until, row.record.id));
        let ready = || {
            let ready = self.turns.open().filter(|row| row.record.state == TurnState::Ready);
            ready.filter(may_be_taken).min_by_key(|row| row.record.id)
        };
        lapsed.or_else(ready).map(|row| row.record.id)
    }

    /// Gives a turn the owner and the lease of `holder`. Each turn counts its own claims, so that no lease comes back.
    fn begin(&mut self, id: TurnId, holder: &TurnRecord) {
        let at = self.at();
        self.turns.edit(id, |record| {
            if record.state.is_waiting() {
                record.state = TurnState::Claimed;
            }
            record.owner.clone_from(&holder.owner);
            record.attempt += 1;
            record.lease_until = holder.lease_until;
            record.started_at = record.started_at.or(Some(at));
        });
        self.wake(Topic::Turn(id));
    }

    fn claimed(&self, id: TurnId) -> Result<Claim> {
        let row = self.turns.need(id)?;
        let record = row.record.clone();
        let session = self
            .sessions
            .get(&record.session)
            .ok_or_else(|| Error::corrupt(format!("turn {id} has no session")))?;
        let lease = Lease::new(id, record.owner.clone().unwrap_or_default(), record.attempt);
        Ok(Claim::new(lease, record, session.record.clone(), row.prompt.clone(), row.last_seq()))
    }
}
