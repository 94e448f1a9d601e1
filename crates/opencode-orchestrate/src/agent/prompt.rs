//! What an agent is asked, and what came of it.

use opencode_store::turn::{Delivery, EndKind};
use opencode_wire::drive::CancellationToken;
use opencode_wire::model::ModelRef;
use opencode_wire::reply::Usage;

/// What an agent is asked. Plain text converts into one.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct AgentPrompt {
    /// What it says.
    pub text: String,
    /// What comes with it.
    pub files: Vec<AgentFile>,
    /// The model that answers; the session's unless set.
    pub model: Option<ModelRef>,
    /// What happens when the session is busy: it waits in line unless set.
    pub delivery: Delivery,
    /// What makes two prompts of a session the same one: the second gets the first one's turn.
    pub idempotency_key: Option<String>,
    /// Stops the turn, which then ends as cancelled.
    pub cancel: CancellationToken,
}

/// A file that comes with a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentFile {
    /// What it is called.
    pub name: String,
    /// What it is, such as `image/png`.
    pub content_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl AgentPrompt {
    /// Plain text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Adds a file that the model is to see.
    #[must_use]
    pub fn with_file(
        mut self,
        name: impl Into<String>,
        content_type: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Self {
        let (name, content_type, bytes) = (name.into(), content_type.into(), bytes.into());
        self.files.push(AgentFile { name, content_type, bytes });
        self
    }

    /// Sets the model that answers.
    #[must_use]
    pub fn with_model(mut self, model: ModelRef) -> Self {
        self.model = Some(model);
        self
    }

    /// Sets what happens when the session is busy.
    #[must_use]
    pub fn with_delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Sets what makes two prompts of a session the same one.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// Sets what stops the turn.
    #[must_use]
    pub fn with_cancel(mut self, token: CancellationToken) -> Self {
        self.cancel = token;
        self
    }
}

impl From<&str> for AgentPrompt {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for AgentPrompt {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// What came of a turn.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AgentOutcome {
    /// The turn, by which the backend knows it later.
    pub turn: String,
    /// In which way it ended.
    pub status: EndKind,
    /// How it ended, in words.
    pub message: String,
    /// What the agent said, [transformed](super::transform) as its events were; partial unless the turn completed.
    pub text: String,
    /// What it used, sub-agents included.
    pub usage: Usage,
    /// Whether the same prompt may succeed when it is given again.
    pub is_retryable: bool,
    /// Whether the session had to be made anew for it: the agent did not remember what was said before.
    pub context_lost: bool,
}

impl AgentOutcome {
    /// An outcome of which nothing more is known, for those who implement backends.
    #[must_use]
    pub fn new(turn: impl Into<String>, status: EndKind, message: impl Into<String>) -> Self {
        Self {
            turn: turn.into(),
            status,
            message: message.into(),
            text: String::new(),
            usage: Usage::default(),
            is_retryable: false,
            context_lost: false,
        }
    }

    /// Whether the answer is whole.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        self.status.is_completed()
    }
}
