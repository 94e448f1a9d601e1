//! One attempt to make an upstream session, in a task that outlives its caller.

use std::sync::Arc;

use opencode_wire::ids::SessionId;

use super::{
    Mint, MintEnd, Minted, NewUpstreamSession, SessionConfig, SessionPlace, SessionRecord, SessionStore,
    Sessions, Upstream, UpstreamError,
};
use crate::error::{Error, ErrorKind, Result};

/// How often the database is asked to bind a session that was made.
const BIND_TRIES: u32 = 5;

/// One attempt to make an upstream session.
pub(super) struct Minting {
    store: Arc<dyn SessionStore>,
    upstream: Arc<dyn Upstream>,
    mint: Mint,
}

impl Minting {
    /// Makes and binds the session. `None` when somebody else was faster.
    ///
    /// Dropping the future does not stop the attempt.
    pub(super) async fn start(
        sessions: &Sessions,
        mint: Mint,
        config: SessionConfig,
    ) -> Result<Option<SessionRecord>> {
        let minting =
            Self { store: Arc::clone(&sessions.store), upstream: Arc::clone(&sessions.upstream), mint };
        let lease = sessions.lease;
        let task = tokio::spawn(async move { minting.run(config, lease).await });
        task.await.unwrap_or_else(|source| {
            Err(Error::new(ErrorKind::Upstream, "the attempt to make a session broke off")
                .with_source(source))
        })
    }

    async fn run(self, config: SessionConfig, lease: std::time::Duration) -> Result<Option<SessionRecord>> {
        let fingerprint = config.fingerprint(self.mint.session.subject.agent());
        let session = NewUpstreamSession {
            token: self.mint.token.clone(),
            place: config.place(),
            title: config.title,
            agent: self.mint.session.subject.agent().to_owned(),
            permissions: config.permissions,
        };
        let created = match tokio::time::timeout(lease, self.upstream.create(&session)).await {
            Ok(created) => created,
            Err(elapsed) => Err(UpstreamError::ambiguous(elapsed)),
        };
        let upstream_id = match created {
            Ok(id) => id,
            Err(error) => {
                // When the server may have made one, the attempt stays noted until it is swept.
                if let Err(error) = self.store.cancel_mint(&self.mint, error.is_ambiguous()).await {
                    tracing::warn!(%error, "an attempt to make a session could not be given back; its lease ends by itself");
                }
                let message = "the server did not make a session";
                return Err(Error::new(ErrorKind::Upstream, message).with_source(error));
            }
        };
        let minted = Minted::new(upstream_id, fingerprint, session.place);
        match self.bind(&minted).await? {
            MintEnd::Bound { session, replaced } => {
                if let Some(replaced) = replaced {
                    self.discard(&replaced, &self.mint.session.place()).await;
                }
                Ok(Some(session))
            }
            MintEnd::Lost { .. } => {
                self.discard(&minted.upstream_id, &minted.place).await;
                Ok(None)
            }
        }
    }

    /// Binding is idempotent, so it is tried again when it is not known whether it was stored.
    async fn bind(&self, minted: &Minted) -> Result<MintEnd> {
        let mut tries = 0;
        loop {
            match self.store.finish_mint(&self.mint, minted).await {
                Err(error) if error.kind() == ErrorKind::Unavailable && tries < BIND_TRIES => {
                    tries += 1;
                    tokio::time::sleep(std::time::Duration::from_millis(50) * 2_u32.pow(tries)).await;
                }
                // The session must not be deleted here, because it may be bound. The sweeper can tell.
                end => return end,
            }
        }
    }

    /// Deletes a session that nobody uses, at once if the server lets us; otherwise the sweeper does.
    async fn discard(&self, id: &SessionId, place: &SessionPlace) {
        let gone = remove(self.upstream.as_ref(), id, place).await;
        if gone && let Err(error) = self.store.forget_mint(&self.mint.token).await {
            tracing::debug!(%error, "a deleted session is still noted; the next sweep forgets it");
        }
    }
}

/// Stops and deletes a session. Whether it is known to be gone.
pub(super) async fn remove(upstream: &dyn Upstream, id: &SessionId, place: &SessionPlace) -> bool {
    // What runs in it would go on spending otherwise.
    if let Err(error) = upstream.abort(id, place).await {
        if error.is_gone() {
            return true;
        }
        tracing::debug!(session.id = %id, %error, "a session to be deleted could not be stopped first");
    }
    match upstream.delete(id, place).await {
        Ok(()) => true,
        Err(error) => {
            if !error.is_gone() {
                tracing::warn!(session.id = %id, %error, "an unused session could not be deleted; the next sweep tries again");
            }
            error.is_gone()
        }
    }
}
