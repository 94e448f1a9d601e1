//! Sessions in memory.

use std::time::Duration;

use async_trait::async_trait;
use opencode_wire::ids::SessionId;

use super::MemoryStore;
use super::mints::Attempt;
use super::state::{SessionRow, State};
use crate::error::Result;
use crate::session::{
    Mint, MintClaim, MintEnd, MintRequest, Minted, SessionRecord, SessionRowId, SessionStatus, SessionStore,
    StaleMint, Subject,
};
use crate::text::check_text;
use crate::token::new_token;
use crate::wake::{Topic, Watch};

#[async_trait]
impl SessionStore for MemoryStore {
    async fn session(&self, subject: &Subject) -> Result<Option<SessionRecord>> {
        Ok(self.step(|state| state.session_of(subject).map(|row| row.record.clone())))
    }

    async fn session_by_row(&self, id: SessionRowId) -> Result<Option<SessionRecord>> {
        Ok(self.step(|state| state.sessions.get(&id).map(|row| row.record.clone())))
    }

    async fn session_by_upstream(&self, upstream_id: &SessionId) -> Result<Option<SessionRecord>> {
        Ok(self.step(|state| state.bound_to(upstream_id).map(|row| row.record.clone())))
    }

    async fn begin_mint(&self, request: &MintRequest) -> Result<MintClaim> {
        self.step(|state| state.begin_mint(request))
    }

    async fn finish_mint(&self, mint: &Mint, minted: &Minted) -> Result<MintEnd> {
        self.step(|state| state.finish_mint(mint, minted))
    }

    async fn cancel_mint(&self, mint: &Mint, keep: bool) -> Result<()> {
        self.step(|state| state.cancel_mint(mint, keep));
        Ok(())
    }

    async fn stale_mints(&self, grace: Duration, limit: usize) -> Result<Vec<StaleMint>> {
        Ok(self.step(|state| state.stale_mints(grace, limit)))
    }

    async fn forget_mint(&self, token: &str) -> Result<()> {
        self.step(|state| state.attempts.remove(token));
        Ok(())
    }

    async fn set_status(&self, id: SessionRowId, generation: u64, status: SessionStatus) -> Result<bool> {
        Ok(self.step(|state| {
            let row = state.sessions.get(&id);
            let is_present = row.is_some_and(|row| row.record.generation == generation);
            is_present && state.set_session_status(id, status)
        }))
    }

    async fn set_permissions(&self, id: SessionRowId, generation: u64, permissions: &str) -> Result<bool> {
        check_text("permissions", permissions)?;
        Ok(self.step(|state| state.set_permissions(id, generation, permissions)))
    }

    async fn delete_session(&self, subject: &Subject) -> Result<bool> {
        let token = new_token()?;
        Ok(self.step(|state| state.delete_session(subject, token)))
    }

    fn watch_session(&self, id: SessionRowId) -> Watch {
        self.wakes.watch(Topic::Session(id))
    }
}

impl State {
    /// The session that is bound to an upstream session.
    pub(super) fn bound_to(&self, upstream_id: &SessionId) -> Option<&SessionRow> {
        self.sessions.values().find(|row| row.record.upstream_id.as_ref() == Some(upstream_id))
    }

    fn set_permissions(&mut self, id: SessionRowId, generation: u64, permissions: &str) -> bool {
        let at = self.at();
        let row = self.sessions.get_mut(&id).filter(|row| row.record.generation == generation);
        let Some(row) = row else { return false };
        let Some(fingerprint) = &mut row.record.fingerprint else { return false };
        permissions.clone_into(&mut fingerprint.permissions);
        row.record.updated_at = at;
        self.wake(Topic::Session(id));
        true
    }

    fn delete_session(&mut self, subject: &Subject, token: String) -> bool {
        let row = self.subjects.remove(subject).and_then(|id| self.sessions.remove(&id));
        let Some(SessionRow { record, .. }) = row else { return false };
        let place = record.place();
        for turn in self.turns.remove_session(record.id) {
            self.wake(Topic::Turn(turn));
        }
        self.requests.retain(|_, request| request.session != record.id);
        if let Some(upstream_id) = record.upstream_id {
            self.attempts.insert(token, Attempt::discard(upstream_id, place, self.now));
        }
        self.wake(Topic::Session(record.id));
        true
    }
}
