//! Attempts to make upstream sessions, and what they have left.

use std::time::Duration;

use opencode_wire::ids::SessionId;

use super::state::{SessionRow, State};
use crate::error::{Error, ErrorKind, Result};
use crate::millis::{self, Millis, timestamp};
use crate::session::{
    Mint, MintClaim, MintDecision, MintEnd, MintRequest, Minted, SessionPlace, SessionRecord, SessionStatus,
    StaleMint, decide,
};
use crate::text::{check_key, check_text};
use crate::wake::Topic;

/// The least time for which an attempt is a sweeper's own, whatever the grace.
const SWEEP: Duration = Duration::from_secs(1);

/// An attempt that may have made an upstream session, or an upstream session that is to be deleted.
pub(super) struct Attempt {
    /// The session to delete. Without it, it is not known whether there is one.
    upstream_id: Option<SessionId>,
    place: SessionPlace,
    /// When its lease ended, or from when on the session is to be deleted.
    due_at: Millis,
}

impl Attempt {
    pub(super) fn discard(upstream_id: SessionId, place: SessionPlace, due_at: Millis) -> Self {
        Self { upstream_id: Some(upstream_id), place, due_at }
    }

    /// How long after it is due it may be swept. What is known to be unused needs no grace.
    fn grace(&self, grace: Millis) -> Millis {
        if self.upstream_id.is_some() { 0 } else { grace }
    }
}

impl State {
    pub(super) fn begin_mint(&mut self, request: &MintRequest) -> Result<MintClaim> {
        check_key("token", &request.token)?;
        let fingerprint = &request.fingerprint;
        for text in [&fingerprint.binding, &fingerprint.permissions] {
            check_text("configuration of the session", text)?;
        }
        request.place.check()?;
        let now = self.now;
        let is_used = self.attempts.contains_key(&request.token);
        let row = self.session_row(&request.subject);
        let until = row.mint.as_ref().map(|(_, until)| *until);
        let lost = match decide(&row.record, until, request, now) {
            MintDecision::Bound => return Ok(MintClaim::Bound(row.record.clone())),
            MintDecision::Taken(until) => {
                return Ok(MintClaim::Taken { session: row.record.id, until: timestamp(until) });
            }
            MintDecision::Claim(lost) => lost,
        };
        if is_used {
            return Err(Error::new(ErrorKind::Conflict, "the token of the attempt was used before"));
        }
        let until = now.saturating_add(millis::of(request.lease));
        row.mint = Some((request.token.clone(), until));
        let mint = Mint::new(row.record.clone(), &request.token, lost);
        let attempt = Attempt { upstream_id: None, place: request.place.clone(), due_at: until };
        self.attempts.insert(request.token.clone(), attempt);
        Ok(MintClaim::Claimed(mint))
    }

    pub(super) fn finish_mint(&mut self, mint: &Mint, minted: &Minted) -> Result<MintEnd> {
        check_key("id of the session", minted.upstream_id.as_str())?;
        let id = mint.session.id;
        let bound_elsewhere = self.bound_to(&minted.upstream_id).is_some_and(|row| row.record.id != id);
        if bound_elsewhere {
            return Err(Error::new(ErrorKind::Conflict, "the session is bound to another subject"));
        }
        let (now, at) = (self.now, self.at());
        // What a sweep has forgotten it may have deleted as well.
        let is_noted = self.attempts.contains_key(&mint.token);
        let Some(row) = self.sessions.get_mut(&id) else {
            return Ok(self.lose(mint, minted, mint.session.clone()));
        };
        let holds = is_noted && is_under_way(row, &mint.token);
        let record = &mut row.record;
        if record.upstream_id.as_ref() == Some(&minted.upstream_id) {
            return Ok(MintEnd::Bound { session: record.clone(), replaced: None });
        }
        if !holds {
            let record = record.clone();
            return Ok(self.lose(mint, minted, record));
        }
        let replaced = record.upstream_id.replace(minted.upstream_id.clone());
        let place = record.place();
        record.server.clone_from(&minted.place.server);
        record.directory.clone_from(&minted.place.directory);
        record.fingerprint = Some(minted.fingerprint.clone());
        record.generation += 1;
        record.updated_at = at;
        if matches!(record.status, SessionStatus::Crashed | SessionStatus::Closed) {
            record.status = SessionStatus::Idle;
        }
        row.mint = None;
        let session = record.clone();
        match &replaced {
            None => self.attempts.remove(&mint.token),
            Some(old) => self.attempts.insert(mint.token.clone(), Attempt::discard(old.clone(), place, now)),
        };
        self.wake(Topic::Session(id));
        Ok(MintEnd::Bound { session, replaced })
    }

    /// Notes that the session that was made is to be deleted.
    fn lose(&mut self, mint: &Mint, minted: &Minted, session: SessionRecord) -> MintEnd {
        let (id, place) = (minted.upstream_id.clone(), minted.place.clone());
        // A sweep may have forgotten the attempt, because it looked before the server was done.
        self.attempts.insert(mint.token.clone(), Attempt::discard(id, place, self.now));
        MintEnd::Lost { session }
    }

    pub(super) fn cancel_mint(&mut self, mint: &Mint, keep: bool) {
        let id = mint.session.id;
        if let Some(row) = self.sessions.get_mut(&id).filter(|row| is_under_way(row, &mint.token)) {
            row.mint = None;
            self.wake(Topic::Session(id));
        }
        if !keep {
            self.attempts.remove(&mint.token);
        } else if let Some(attempt) = self.attempts.get_mut(&mint.token) {
            attempt.due_at = self.now;
        }
    }

    pub(super) fn stale_mints(&mut self, grace: Duration, limit: usize) -> Vec<StaleMint> {
        let (now, grace, sweep) = (self.now, millis::of(grace), millis::of(grace.max(SWEEP)));
        let stale = self
            .attempts
            .iter_mut()
            .filter(|(_, attempt)| attempt.due_at.saturating_add(attempt.grace(grace)) <= now);
        let mut stale: Vec<_> = stale.collect();
        stale.sort_by_key(|(_, attempt)| attempt.due_at);
        let take = |(token, attempt): (&String, &mut Attempt)| {
            // Another sweeper leaves it alone until this one had time enough.
            attempt.due_at = now.saturating_add(sweep - attempt.grace(grace));
            StaleMint::new(token, attempt.upstream_id.clone(), attempt.place.clone())
        };
        stale.into_iter().take(limit).map(take).collect()
    }
}

fn is_under_way(row: &SessionRow, token: &str) -> bool {
    row.mint.as_ref().is_some_and(|(mint, _)| mint == token)
}
