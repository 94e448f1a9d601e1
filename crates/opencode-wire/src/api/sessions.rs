//! All sessions of a directory.

use std::collections::BTreeMap;

use http::Method;

use super::{CreateSession, SessionHandle};
use crate::client::Client;
use crate::error::Result;
use crate::ids::SessionId;
use crate::model::{Session, SessionStatus, Timestamp};

/// The sessions of the client's directory; made by [`Client::sessions`].
#[derive(Debug, Clone)]
pub struct Sessions {
    client: Client,
}

impl Client {
    /// The sessions of the client's directory.
    #[must_use]
    pub fn sessions(&self) -> Sessions {
        Sessions { client: self.clone() }
    }

    /// A handle on one session. Nothing is sent: whether the session exists shows with the first call.
    #[must_use]
    pub fn session(&self, session_id: SessionId) -> SessionHandle {
        SessionHandle::new(self.clone(), session_id)
    }
}

impl Sessions {
    /// Creates a session.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, or the error [is ambiguous](crate::Error::is_ambiguous), the session may exist
    /// nevertheless.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
    /// let session = client.sessions().create("Monads").await?;
    /// println!("{}", session.id());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create(&self, options: impl Into<CreateSession> + Send) -> Result<SessionHandle> {
        let options = options.into();
        let session = self.client.request(Method::POST, "/session", &[]).json(&options).send_json().await?;
        Ok(SessionHandle::from_info(self.client.clone(), session))
    }

    /// Lists sessions, the newest first.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
    /// use opencode_wire::api::ListSessions;
    ///
    /// let options = ListSessions::default().with_roots(true).with_limit(20);
    /// for session in client.sessions().list(&options).await? {
    ///     println!("{} {}", session.id, session.title);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn list(&self, options: &ListSessions) -> Result<Vec<Session>> {
        self.client
            .request(Method::GET, "/session", &[])
            .query_opt("directory", options.directory.as_deref())
            .query_opt("roots", options.roots)
            .query_opt("start", options.start.map(Timestamp::as_millis))
            .query_opt("search", options.search.as_deref())
            .query_opt("limit", options.limit)
            .send_json()
            .await
    }

    /// What sessions are doing. Those that do nothing are not in it, and neither are those that a restart of the
    /// server interrupted.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn status(&self) -> Result<BTreeMap<SessionId, SessionStatus>> {
        self.client.request(Method::GET, "/session/status", &[]).send_json().await
    }
}

/// Which sessions to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListSessions {
    /// Those of this directory, instead of the client's.
    pub directory: Option<String>,
    /// Only those that no other session started.
    pub roots: Option<bool>,
    /// Only those that were changed at this time or later.
    pub start: Option<Timestamp>,
    /// Only those whose title contains this text.
    pub search: Option<String>,
    /// At most this many; 100 unless set.
    pub limit: Option<u32>,
}

impl ListSessions {
    /// Sets the directory, instead of the client's.
    #[must_use]
    pub fn with_directory(mut self, directory: impl Into<String>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets whether sessions that others started are left out.
    #[must_use]
    pub fn with_roots(mut self, roots: bool) -> Self {
        self.roots = Some(roots);
        self
    }

    /// Leaves out sessions that were not changed since a time.
    #[must_use]
    pub fn with_start(mut self, start: Timestamp) -> Self {
        self.start = Some(start);
        self
    }

    /// Sets a text that titles must contain.
    #[must_use]
    pub fn with_search(mut self, search: impl Into<String>) -> Self {
        self.search = Some(search.into());
        self
    }

    /// Sets how many to list at most.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }
}
