//! The session of a subject with an agent.

use opencode_store::session::{ContextLost, Subject};
use opencode_wire::model::ModelRef;

use crate::rules::Rules;

/// Which session is wanted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SessionRequest {
    /// Whose, and of which of the backend's agents.
    pub subject: Subject,
    /// The directory that the agent works in, such as a worktree of its own; the backend's unless set.
    pub directory: Option<String>,
    /// What it is called, when it is made.
    pub title: Option<String>,
    /// The model that answers unless a prompt names one. It may change from prompt to prompt, and costs no session.
    pub model: Option<ModelRef>,
    /// What the agent may do; as it is configured unless set.
    pub permissions: Option<Rules>,
}

impl SessionRequest {
    /// A session of a subject, as the backend makes it.
    #[must_use]
    pub const fn new(subject: Subject) -> Self {
        Self { subject, directory: None, title: None, model: None, permissions: None }
    }

    /// Sets the directory that the agent works in. Another directory is another session.
    #[must_use]
    pub fn with_directory(mut self, directory: impl Into<String>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets what it is called, when it is made.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the model that answers unless a prompt names one.
    #[must_use]
    pub fn with_model(mut self, model: ModelRef) -> Self {
        self.model = Some(model);
        self
    }

    /// Sets what the agent may do.
    #[must_use]
    pub fn with_permissions(mut self, rules: Rules) -> Self {
        self.permissions = Some(rules);
        self
    }
}

/// A session with an agent.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AgentSession {
    /// What was asked for.
    pub request: SessionRequest,
    /// The agent's own name for it.
    pub id: String,
    /// Which session of the subject it is: one more with each that had to be made.
    pub generation: u64,
    /// The server on which it lives, where the backend has several.
    pub server: Option<String>,
    /// Why the agent does not remember what was said before, if it is so.
    pub context_lost: Option<ContextLost>,
}

impl AgentSession {
    /// A session, for those who implement backends.
    #[must_use]
    pub fn new(request: SessionRequest, id: impl Into<String>) -> Self {
        Self { request, id: id.into(), generation: 1, server: None, context_lost: None }
    }
}
