//! The sessions of a pool's servers, as a store needs them.

use async_trait::async_trait;
use opencode_store::session::{NewUpstreamSession, SessionPlace, Upstream, UpstreamError};
use opencode_wire::ids::SessionId;
use opencode_wire::model::PermissionRule;

use super::{ServerLease, ServerPool};
use crate::upstream::ClientUpstream;

/// The sessions of a pool's servers: each call goes to the server that the session is pinned to, which is started
/// for it when it does not run.
#[derive(Debug, Clone)]
pub(crate) struct PoolUpstream(pub(crate) ServerPool);

impl PoolUpstream {
    async fn at(&self, place: &SessionPlace) -> Result<(ServerLease, ClientUpstream), UpstreamError> {
        let lease = self.0.visit(place.server.as_deref(), place.directory.as_deref());
        let lease = lease.await.map_err(UpstreamError::new)?;
        let upstream = ClientUpstream::new(lease.client().clone());
        Ok((lease, upstream))
    }
}

#[async_trait]
impl Upstream for PoolUpstream {
    async fn create(&self, session: &NewUpstreamSession) -> Result<SessionId, UpstreamError> {
        let (_lease, upstream) = self.at(&session.place).await?;
        upstream.create(session).await
    }

    async fn minted(&self, token: &str, place: &SessionPlace) -> Result<Vec<SessionId>, UpstreamError> {
        let (_lease, upstream) = self.at(place).await?;
        upstream.minted(token, place).await
    }

    async fn abort(&self, id: &SessionId, place: &SessionPlace) -> Result<(), UpstreamError> {
        let (_lease, upstream) = self.at(place).await?;
        upstream.abort(id, place).await
    }

    async fn delete(&self, id: &SessionId, place: &SessionPlace) -> Result<(), UpstreamError> {
        let (_lease, upstream) = self.at(place).await?;
        upstream.delete(id, place).await
    }

    async fn set_permissions(
        &self,
        id: &SessionId,
        place: &SessionPlace,
        rules: &[PermissionRule],
    ) -> Result<(), UpstreamError> {
        let (_lease, upstream) = self.at(place).await?;
        upstream.set_permissions(id, place, rules).await
    }
}
