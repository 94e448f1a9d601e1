//! What a new session should be like.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::ids::{SessionId, WorkspaceId};
use crate::model::object::write;
use crate::model::{Extra, Json, ModelRef, PermissionRule};

/// A session to create. Everything is optional; a title alone can be written as text.
///
/// # Examples
///
/// ```
/// use opencode_wire::api::CreateSession;
/// use opencode_wire::model::{PermissionAction, PermissionRule};
///
/// let options = CreateSession::from("Monads")
///     .with_agent("build")
///     .with_model("anthropic/claude-sonnet-4".parse()?)
///     .with_permission(vec![PermissionRule::new("bash", "*", PermissionAction::Deny)]);
/// # assert_eq!(options.title.as_deref(), Some("Monads"));
/// # Ok::<(), opencode_wire::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct CreateSession {
    /// What it is called. Without a title the server asks a model for one, in parallel with the first turn.
    pub title: Option<String>,
    /// The session that it belongs to.
    pub parent_id: Option<SessionId>,
    /// What its agents may do; the last rule that matches wins. An empty list is sent as such.
    pub permission: Option<Vec<PermissionRule>>,
    /// The agent of its prompts, unless they name one.
    pub agent: Option<String>,
    /// The model of its prompts, unless they name one.
    pub model: Option<ModelRef>,
    /// A note for the host, kept and returned by the server: an object.
    pub metadata: Option<Json>,
    /// The workspace to run in.
    pub workspace_id: Option<WorkspaceId>,
    /// Fields that this version of the crate does not know.
    pub extra: Extra,
}

impl CreateSession {
    /// Sets the title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the session that it belongs to.
    #[must_use]
    pub fn with_parent_id(mut self, parent_id: SessionId) -> Self {
        self.parent_id = Some(parent_id);
        self
    }

    /// Sets what its agents may do, in order: the last rule that matches wins.
    #[must_use]
    pub fn with_permission(mut self, rules: Vec<PermissionRule>) -> Self {
        self.permission = Some(rules);
        self
    }

    /// Sets the agent.
    #[must_use]
    pub fn with_agent(mut self, agent: impl Into<String>) -> Self {
        self.agent = Some(agent.into());
        self
    }

    /// Sets the model.
    #[must_use]
    pub fn with_model(mut self, model: ModelRef) -> Self {
        self.model = Some(model);
        self
    }

    /// Sets the host's note, an object.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Json) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Sets the workspace to run in.
    #[must_use]
    pub fn with_workspace_id(mut self, workspace_id: WorkspaceId) -> Self {
        self.workspace_id = Some(workspace_id);
        self
    }

    /// Sets a field that this version of the crate does not know.
    #[must_use]
    pub fn with_extra(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.extra.push(name, value.into());
        self
    }
}

impl From<&str> for CreateSession {
    fn from(title: &str) -> Self {
        Self::default().with_title(title)
    }
}

impl From<String> for CreateSession {
    fn from(title: String) -> Self {
        Self::default().with_title(title)
    }
}

impl Serialize for CreateSession {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        write(&mut map, "title", &self.title)?;
        write(&mut map, "permission", &self.permission)?;
        write(&mut map, "parentID", &self.parent_id)?;
        write(&mut map, "agent", &self.agent)?;
        write(&mut map, "model", &self.model.as_ref().map(SessionModel))?;
        write(&mut map, "metadata", &self.metadata)?;
        write(&mut map, "workspaceID", &self.workspace_id)?;
        self.extra.serialize_into(&mut map)?;
        map.end()
    }
}

/// A model as the session routes want it: its name is `id` there.
struct SessionModel<'a>(&'a ModelRef);

impl Serialize for SessionModel<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("providerID", &self.0.provider_id)?;
        map.serialize_entry("id", self.0.model())?;
        write(&mut map, "variant", &self.0.variant)?;
        self.0.extra.serialize_into(&mut map)?;
        map.end()
    }
}
