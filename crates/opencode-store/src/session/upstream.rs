//! The OpenCode server, as far as sessions need it.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use opencode_wire::ids::SessionId;
use opencode_wire::model::PermissionRule;

use super::SessionPlace;

/// A session to make on the server.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NewUpstreamSession {
    /// The name of the attempt. It must be written on the session, so that [`Upstream::minted`] can find it.
    pub token: String,
    /// Where to make it.
    pub place: SessionPlace,
    /// Its title.
    pub title: Option<String>,
    /// Its agent; empty for the server's default.
    pub agent: String,
    /// What its agents may do.
    pub permissions: Vec<PermissionRule>,
}

/// The OpenCode server, or the servers of a pool, as far as sessions need them.
///
/// The store knows no HTTP: whoever has a client implements this.
///
/// Each call names the place that it is about. Whoever has several servers asks the one of that name, and no other:
/// an answer that a session is [`gone`](UpstreamError::gone) is taken for proof, and another server does not know it
/// either. So a name that means nothing is an [error](UpstreamError::new), and not `gone`. Whoever has one server may
/// ignore the name.
#[async_trait]
pub trait Upstream: Send + Sync + fmt::Debug {
    /// Makes a session.
    async fn create(&self, session: &NewUpstreamSession) -> Result<SessionId, UpstreamError>;

    /// Finds the sessions of a place that carry the token of an attempt.
    async fn minted(&self, token: &str, place: &SessionPlace) -> Result<Vec<SessionId>, UpstreamError>;

    /// Stops whatever runs in a session.
    async fn abort(&self, id: &SessionId, place: &SessionPlace) -> Result<(), UpstreamError>;

    /// Deletes a session.
    async fn delete(&self, id: &SessionId, place: &SessionPlace) -> Result<(), UpstreamError>;

    /// Replaces the permission rules of a session.
    async fn set_permissions(
        &self,
        id: &SessionId,
        place: &SessionPlace,
        rules: &[PermissionRule],
    ) -> Result<(), UpstreamError>;
}

/// Why a call to the server failed.
#[derive(Debug)]
pub struct UpstreamError {
    gone: bool,
    maybe_done: bool,
    source: Box<dyn StdError + Send + Sync>,
}

impl UpstreamError {
    /// A call that failed, and is known to have changed nothing.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { gone: false, maybe_done: false, source: source.into() }
    }

    /// The server says that there is no such session.
    #[must_use]
    pub fn gone(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { gone: true, ..Self::new(source) }
    }

    /// A call that failed after it may have reached the server.
    #[must_use]
    pub fn ambiguous(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { maybe_done: true, ..Self::new(source) }
    }

    /// Whether the server says that there is no such session.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.gone
    }

    /// Whether the call may have been carried out.
    #[must_use]
    pub const fn is_ambiguous(&self) -> bool {
        self.maybe_done
    }
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.gone {
            "the server does not know the session"
        } else {
            "the call to the server failed"
        })
    }
}

impl StdError for UpstreamError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.source.as_ref())
    }
}
