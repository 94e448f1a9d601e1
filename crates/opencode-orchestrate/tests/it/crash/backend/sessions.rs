//! Sessions.

use std::time::Duration;

use async_trait::async_trait;
use opencode_store::Result;
use opencode_store::session::{
    Mint, MintClaim, MintEnd, MintRequest, Minted, SessionRecord, SessionRowId, SessionStatus, SessionStore,
    StaleMint, Subject,
};
use opencode_store::wake::Watch;
use opencode_wire::ids::SessionId;

use super::WatchedStore;

#[async_trait]
impl SessionStore for WatchedStore {
    async fn session(&self, subject: &Subject) -> Result<Option<SessionRecord>> {
        self.call("session", self.inner.sessions().session(subject)).await
    }

    async fn session_by_row(&self, id: SessionRowId) -> Result<Option<SessionRecord>> {
        self.call("session_by_row", self.inner.sessions().session_by_row(id)).await
    }

    async fn session_by_upstream(&self, upstream_id: &SessionId) -> Result<Option<SessionRecord>> {
        self.call("session_by_upstream", self.inner.sessions().session_by_upstream(upstream_id)).await
    }

    /// Whoever finds a dead attempt in the way asks again until its lease has ended.
    async fn begin_mint(&self, request: &MintRequest) -> Result<MintClaim> {
        self.timed_call("begin_mint", self.inner.sessions().begin_mint(request)).await
    }

    async fn finish_mint(&self, mint: &Mint, minted: &Minted) -> Result<MintEnd> {
        self.call("finish_mint", self.inner.sessions().finish_mint(mint, minted)).await
    }

    async fn cancel_mint(&self, mint: &Mint, keep: bool) -> Result<()> {
        self.call("cancel_mint", self.inner.sessions().cancel_mint(mint, keep)).await
    }

    async fn stale_mints(&self, grace: Duration, limit: usize) -> Result<Vec<StaleMint>> {
        self.call("stale_mints", self.inner.sessions().stale_mints(grace, limit)).await
    }

    async fn forget_mint(&self, token: &str) -> Result<()> {
        self.call("forget_mint", self.inner.sessions().forget_mint(token)).await
    }

    async fn set_status(&self, id: SessionRowId, generation: u64, status: SessionStatus) -> Result<bool> {
        self.call("set_status", self.inner.sessions().set_status(id, generation, status)).await
    }

    async fn set_permissions(&self, id: SessionRowId, generation: u64, permissions: &str) -> Result<bool> {
        let set = self.inner.sessions();
        self.call("set_permissions", set.set_permissions(id, generation, permissions)).await
    }

    async fn delete_session(&self, subject: &Subject) -> Result<bool> {
        self.call("delete_session", self.inner.sessions().delete_session(subject)).await
    }

    fn watch_session(&self, id: SessionRowId) -> Watch {
        self.inner.sessions().watch_session(id)
    }
}
