//! Sessions over the queries.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use opencode_wire::ids::SessionId;

use super::super::super::Database;
use super::super::{mints, sessions};
use super::rows;
use crate::db::rows::SessionRow;
use crate::error::Result;
use crate::session::{
    Mint, MintClaim, MintEnd, MintRequest, Minted, SessionRecord, SessionRowId, SessionStatus, SessionStore,
    StaleMint, Subject,
};
use crate::text::{check_key, check_optional_key};
use crate::wake::{Topic, Watch};

#[async_trait]
impl SessionStore for Database {
    async fn session(&self, subject: &Subject) -> Result<Option<SessionRecord>> {
        let subject = subject.clone();
        self.read(move |tx| async move { sessions::by_subject(tx, &subject).await }.boxed()).await
    }

    async fn session_by_row(&self, id: SessionRowId) -> Result<Option<SessionRecord>> {
        let row = self.read(move |tx| sessions::row(tx, id.get()).boxed()).await?;
        row.map(SessionRow::into_record).transpose()
    }

    async fn session_by_upstream(&self, upstream_id: &SessionId) -> Result<Option<SessionRecord>> {
        let id = upstream_id.clone();
        self.read(move |tx| async move { sessions::by_upstream(tx, &id).await }.boxed()).await
    }

    async fn begin_mint(&self, request: &MintRequest) -> Result<MintClaim> {
        check_key("token of the attempt", &request.token)?;
        request.place.check()?;
        let request = Arc::new(request.clone());
        let asked = Arc::clone(&request);
        let claimed = self.write_statement(move |tx| {
            let asked = Arc::clone(&asked);
            async move { mints::claim_unbound(tx, &asked).await }.boxed()
        });
        if let Some(claimed) = claimed.await? {
            return Ok(claimed);
        }
        // Who finds somebody else at it need not wait in line to hear so.
        let asked = Arc::clone(&request);
        let found = self.read(move |tx| async move { mints::look(tx, &asked).await }.boxed()).await?;
        if let Some(found) = found {
            return Ok(found);
        }
        self.write(move |tx| async move { mints::begin(tx, &request).await }.boxed()).await
    }

    async fn finish_mint(&self, mint: &Mint, minted: &Minted) -> Result<MintEnd> {
        check_key("upstream session id", minted.upstream_id.as_str())?;
        let given = Arc::new((mint.clone(), minted.clone()));
        let bound = Arc::clone(&given);
        let bound = self.write_statement(move |tx| {
            let given = Arc::clone(&bound);
            async move { mints::bind_unbound(tx, &given.0, &given.1).await }.boxed()
        });
        if let Some(bound) = bound.await? {
            return Ok(bound);
        }
        self.write(move |tx| async move { mints::finish(tx, &given.0, &given.1).await }.boxed()).await
    }

    async fn cancel_mint(&self, mint: &Mint, keep: bool) -> Result<()> {
        let mint = mint.clone();
        self.write(move |tx| async move { mints::cancel(tx, &mint, keep).await }.boxed()).await
    }

    async fn stale_mints(&self, grace: Duration, limit: usize) -> Result<Vec<StaleMint>> {
        self.write(move |tx| mints::stale(tx, grace, rows(limit)).boxed()).await
    }

    async fn forget_mint(&self, token: &str) -> Result<()> {
        let token = token.to_owned();
        self.write(move |tx| async move { mints::forget(tx, &token).await }.boxed()).await
    }

    async fn set_status(&self, id: SessionRowId, generation: u64, status: SessionStatus) -> Result<bool> {
        self.write(move |tx| sessions::set_status(tx, id, generation, status).boxed()).await
    }

    async fn set_permissions(&self, id: SessionRowId, generation: u64, permissions: &str) -> Result<bool> {
        check_optional_key("fingerprint of the permissions", permissions)?;
        let permissions = permissions.to_owned();
        self.write(move |tx| {
            async move { sessions::set_permissions(tx, id, generation, &permissions).await }.boxed()
        })
        .await
    }

    async fn delete_session(&self, subject: &Subject) -> Result<bool> {
        let subject = subject.clone();
        self.write(move |tx| async move { sessions::delete(tx, &subject).await }.boxed()).await
    }

    fn watch_session(&self, id: SessionRowId) -> Watch {
        self.wakes().watch(Topic::Session(id))
    }
}
