//! The sessions of an OpenCode server, as a store needs them.

mod failure;
mod token;

use async_trait::async_trait;
use opencode_store::session::{NewUpstreamSession, SessionPlace, Upstream, UpstreamError};
use opencode_wire::Client;
use opencode_wire::api::{CreateSession, ListSessions, UpdateSession};
use opencode_wire::ids::SessionId;
use opencode_wire::model::PermissionRule;

use self::failure::{failed, failed_to_create};
pub use self::token::{TOKEN, token_of};

/// How many sessions are listed at first when one is searched for; twice as many whenever there are more.
const AT_FIRST: u32 = 1000;

/// The sessions of an OpenCode server over a [`Client`], for
/// [`Sessions`](opencode_store::session::Sessions). Cheap to clone.
///
/// A session that is made carries the name of the attempt in its metadata, under [`TOKEN`]. What else is in the
/// metadata may be changed; that field must stay, so that an attempt that died can be cleared up.
///
/// It talks to one server and ignores the [name of the server](SessionPlace::server) in a place: every session of the
/// store must be on that one.
///
/// Sessions without a directory are those of the client's own, if it has one, and else of the directory that the
/// server was started in. All processes that share a store must agree on that.
///
/// # Permission rules
///
/// The server appends the rules of [`set_permissions`](Upstream::set_permissions) to those that the session has, and
/// the last one that matches wins. So a policy is only replaced as a whole if it says something about everything that
/// an earlier one did: let each begin with the same rule for `*`, and no rule of an earlier one is left in force.
///
/// # Errors
///
/// Answers 404 are [`gone`](UpstreamError::is_gone). What fails without an answer of the server that it did nothing is
/// [`ambiguous`](UpstreamError::is_ambiguous); when making a session that includes statuses from 500 on, and answers
/// that cannot be read. The source is always an [`opencode_wire::Error`].
///
/// # Examples
///
/// ```
/// # use std::sync::Arc;
/// use opencode_orchestrate::upstream::ClientUpstream;
/// use opencode_store::{Store, session::Sessions};
/// use opencode_wire::Client;
///
/// # fn example(store: &Store) -> opencode_wire::Result<()> {
/// let server = ClientUpstream::new(Client::from_env()?);
/// let sessions = Sessions::new(store.sessions(), Arc::new(server));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ClientUpstream {
    client: Client,
}

impl ClientUpstream {
    /// The sessions of the server that a client talks to.
    ///
    /// The client's limit for an answer should be shorter than the lease of
    /// [`Sessions`](opencode_store::session::Sessions::with_lease), which gives a call up as well.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// The client that the calls go through.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The client for the directory of a place. Its server is this one, whatever its name.
    fn client_in(&self, place: &SessionPlace) -> Result<Client, UpstreamError> {
        match &place.directory {
            Some(directory) => self.client.with_directory(directory).map_err(failed),
            None => Ok(self.client.clone()),
        }
    }
}

#[async_trait]
impl Upstream for ClientUpstream {
    async fn create(&self, session: &NewUpstreamSession) -> Result<SessionId, UpstreamError> {
        let mut wanted = CreateSession::default().with_metadata(token::metadata(&session.token));
        wanted.title.clone_from(&session.title);
        if !session.agent.is_empty() {
            wanted.agent = Some(session.agent.clone());
        }
        if !session.permissions.is_empty() {
            wanted.permission = Some(session.permissions.clone());
        }
        let client = self.client_in(&session.place)?;
        let made = client.sessions().create(wanted).await.map_err(failed_to_create)?;
        Ok(made.id().clone())
    }

    async fn minted(&self, token: &str, place: &SessionPlace) -> Result<Vec<SessionId>, UpstreamError> {
        let client = self.client_in(place)?;
        let mut limit = AT_FIRST;
        loop {
            // What an agent has started for itself carries no token.
            let mut wanted = ListSessions::default().with_roots(true).with_limit(limit);
            wanted.directory = client.directory().map(str::to_owned);
            let listed = client.sessions().list(&wanted).await.map_err(failed)?;
            // The server gives no page but the first.
            if u32::try_from(listed.len()).is_ok_and(|count| count < limit) || limit == u32::MAX {
                let of_attempt = |session: &&_| token_of(session).as_deref() == Some(token);
                return Ok(listed.iter().filter(of_attempt).map(|session| session.id.clone()).collect());
            }
            limit = limit.saturating_mul(2);
        }
    }

    async fn abort(&self, id: &SessionId, place: &SessionPlace) -> Result<(), UpstreamError> {
        self.client_in(place)?.session(id.clone()).abort().await.map_err(failed)
    }

    async fn delete(&self, id: &SessionId, place: &SessionPlace) -> Result<(), UpstreamError> {
        self.client_in(place)?.session(id.clone()).delete().await.map_err(failed)
    }

    async fn set_permissions(
        &self,
        id: &SessionId,
        place: &SessionPlace,
        rules: &[PermissionRule],
    ) -> Result<(), UpstreamError> {
        let changes = UpdateSession::default().with_permission(rules.to_vec());
        self.client_in(place)?.session(id.clone()).update(&changes).await.map_err(failed)?;
        Ok(())
    }
}
