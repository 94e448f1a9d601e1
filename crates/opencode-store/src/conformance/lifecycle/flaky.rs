//! A store whose answer to one call is lost, as many times as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use opencode_wire::ids::SessionId;

use crate::error::{Error, ErrorKind, Result};
use crate::session::{
    Mint, MintClaim, MintEnd, MintRequest, Minted, SessionRecord, SessionRowId, SessionStatus, SessionStore,
    StaleMint, Subject,
};
use crate::wake::Watch;

/// When the store fails to bind a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// Before anything was stored.
    Before(ErrorKind),
    /// After everything was stored.
    After(ErrorKind),
}

/// A store that fails to bind sessions.
#[derive(Debug)]
pub(super) struct FlakySessions {
    inner: Arc<dyn SessionStore>,
    failures: Mutex<VecDeque<Failure>>,
}

impl FlakySessions {
    pub(super) fn new(inner: Arc<dyn SessionStore>, failures: impl Into<VecDeque<Failure>>) -> Self {
        Self { inner, failures: Mutex::new(failures.into()) }
    }

    fn next(&self) -> Option<Failure> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

#[async_trait]
impl SessionStore for FlakySessions {
    async fn finish_mint(&self, mint: &Mint, minted: &Minted) -> Result<MintEnd> {
        match self.next() {
            None => self.inner.finish_mint(mint, minted).await,
            Some(Failure::Before(kind)) => Err(Error::new(kind, "as scripted")),
            Some(Failure::After(kind)) => {
                self.inner.finish_mint(mint, minted).await?;
                Err(Error::new(kind, "as scripted"))
            }
        }
    }

    async fn session(&self, subject: &Subject) -> Result<Option<SessionRecord>> {
        self.inner.session(subject).await
    }

    async fn session_by_row(&self, id: SessionRowId) -> Result<Option<SessionRecord>> {
        self.inner.session_by_row(id).await
    }

    async fn session_by_upstream(&self, upstream_id: &SessionId) -> Result<Option<SessionRecord>> {
        self.inner.session_by_upstream(upstream_id).await
    }

    async fn begin_mint(&self, request: &MintRequest) -> Result<MintClaim> {
        self.inner.begin_mint(request).await
    }

    async fn cancel_mint(&self, mint: &Mint, keep: bool) -> Result<()> {
        self.inner.cancel_mint(mint, keep).await
    }

    async fn stale_mints(&self, grace: Duration, limit: usize) -> Result<Vec<StaleMint>> {
        self.inner.stale_mints(grace, limit).await
    }

    async fn forget_mint(&self, token: &str) -> Result<()> {
        self.inner.forget_mint(token).await
    }

    async fn set_status(&self, id: SessionRowId, generation: u64, status: SessionStatus) -> Result<bool> {
        self.inner.set_status(id, generation, status).await
    }

    async fn set_permissions(&self, id: SessionRowId, generation: u64, permissions: &str) -> Result<bool> {
        self.inner.set_permissions(id, generation, permissions).await
    }

    async fn delete_session(&self, subject: &Subject) -> Result<bool> {
        self.inner.delete_session(subject).await
    }

    fn watch_session(&self, id: SessionRowId) -> Watch {
        self.inner.watch_session(id)
    }
}
