//! One session: what it is, and what it is doing.

use std::sync::Arc;

use http::Method;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::client::{Client, RequestBuilder};
use crate::error::Result;
use crate::ids::SessionId;
use crate::model::object::write;
use crate::model::{Json, PermissionRule, Session, Timestamp, Todo};

/// A handle on one session. Cloning is cheap.
///
/// Made by [`Client::session`] from an id, and by [`Sessions::create`](super::Sessions::create).
#[derive(Debug, Clone)]
pub struct SessionHandle {
    client: Client,
    id: SessionId,
    info: Option<Arc<Session>>,
}

impl SessionHandle {
    pub(crate) fn new(client: Client, id: SessionId) -> Self {
        Self { client, id, info: None }
    }

    pub(super) fn from_info(client: Client, info: Session) -> Self {
        Self { client, id: info.id.clone(), info: Some(Arc::new(info)) }
    }

    /// The session's id.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// The client that the calls go through.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The session as the server described it when it made it; `None` for a handle from an id.
    ///
    /// It does not change. [`get`](Self::get) asks again.
    #[must_use]
    pub fn info(&self) -> Option<&Session> {
        self.info.as_deref()
    }

    /// Starts a request about this session, whose id fills the first `:name` of the route.
    pub(super) fn request(&self, method: Method, route: &'static str, more: &[&str]) -> RequestBuilder {
        let arguments: Vec<&str> = std::iter::once(self.id.as_str()).chain(more.iter().copied()).collect();
        self.client.request(method, route, &arguments)
    }

    /// Fetches the session.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`NotFound`](crate::ErrorKind::NotFound) proves that it is gone.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn get(&self) -> Result<Session> {
        self.request(Method::GET, "/session/:session_id", &[]).send_json().await
    }

    /// Changes the session and returns it as it is then.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the change may have been made.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(session: opencode_wire::api::SessionHandle) -> opencode_wire::Result<()> {
    /// use opencode_wire::api::UpdateSession;
    ///
    /// session.update(&UpdateSession::default().with_title("Monads, again")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update(&self, changes: &UpdateSession) -> Result<Session> {
        self.request(Method::PATCH, "/session/:session_id", &[]).json(changes).send_json().await
    }

    /// Deletes the session with its messages, and the sessions that it started.
    ///
    /// Deleting does not stop a turn that runs: [`abort`](Self::abort) it first and wait until it is idle, or the
    /// server goes on with a session that is not there.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may have been deleted.
    pub async fn delete(&self) -> Result<()> {
        self.request(Method::DELETE, "/session/:session_id", &[]).send_empty().await
    }

    /// Lists the sessions that this one's agents started. Forks are not among them.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn children(&self) -> Result<Vec<Session>> {
        self.request(Method::GET, "/session/:session_id/children", &[]).send_json().await
    }

    /// Stops what the session is doing.
    ///
    /// The server says yes to sessions that do nothing, and to ones that do not exist. A turn ends some time after
    /// the answer, and announces that it is idle twice.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may have been stopped.
    pub async fn abort(&self) -> Result<()> {
        self.request(Method::POST, "/session/:session_id/abort", &[]).send_empty().await
    }

    /// The todo list that the session's agents keep.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn todo(&self) -> Result<Vec<Todo>> {
        self.request(Method::GET, "/session/:session_id/todo", &[]).send_json().await
    }
}

/// Changes to a session. What is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct UpdateSession {
    /// What it is called.
    pub title: Option<String>,
    /// Rules about what its agents may do. The server appends them to those that are there, and the last one that
    /// matches wins: a host that changes its mind sends its whole policy again.
    pub permission: Option<Vec<PermissionRule>>,
    /// When it was archived. There is no way back through this route.
    pub archived: Option<Timestamp>,
    /// The host's note: an object.
    pub metadata: Option<Json>,
}

impl UpdateSession {
    /// Sets the title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Appends rules about what its agents may do.
    #[must_use]
    pub fn with_permission(mut self, rules: Vec<PermissionRule>) -> Self {
        self.permission = Some(rules);
        self
    }

    /// Archives the session as of a time.
    #[must_use]
    pub fn with_archived(mut self, time: Timestamp) -> Self {
        self.archived = Some(time);
        self
    }

    /// Sets the host's note, an object.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Json) -> Self {
        self.metadata = Some(metadata);
        self
    }
}

impl Serialize for UpdateSession {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        write(&mut map, "title", &self.title)?;
        write(&mut map, "metadata", &self.metadata)?;
        write(&mut map, "permission", &self.permission)?;
        if let Some(archived) = self.archived {
            map.serialize_entry("time", &serde_json::json!({ "archived": archived }))?;
        }
        map.end()
    }
}
