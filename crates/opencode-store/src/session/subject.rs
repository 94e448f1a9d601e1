//! The host's own record that owns a session.

use std::fmt;

use crate::error::Result;
use crate::text::{check_key, check_optional_key};

/// The host's own record that owns a session: a conversation, a ticket, and the agent that works on it.
///
/// `scope` is what the host limits and counts by, such as a tenant; `key` names the record within it.
/// Each is at most 512 bytes, without a NUL; `agent` may be empty, which is the server's default agent.
///
/// # Examples
///
/// ```
/// use opencode_store::session::Subject;
///
/// let subject = Subject::new("acme", "conversation/42")?.with_agent("build")?;
/// assert_eq!(subject.to_string(), "acme/conversation/42@build");
/// # Ok::<(), opencode_store::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    scope: String,
    key: String,
    agent: String,
}

impl Subject {
    /// Names a record, with the server's default agent.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when either is empty, too long or contains a NUL.
    pub fn new(scope: impl Into<String>, key: impl Into<String>) -> Result<Self> {
        let subject = Self { scope: scope.into(), key: key.into(), agent: String::new() };
        check_key("scope of the subject", &subject.scope)?;
        check_key("key of the subject", &subject.key)?;
        Ok(subject)
    }

    /// Names the agent: each agent of a record has a session of its own.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when it is too long or contains a NUL.
    pub fn with_agent(mut self, agent: impl Into<String>) -> Result<Self> {
        self.agent = agent.into();
        check_optional_key("agent of the subject", &self.agent)?;
        Ok(self)
    }

    /// What the host limits and counts by.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The record within the scope.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The agent; empty for the server's default.
    #[must_use]
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// What a row says. It was checked when it was written.
    #[cfg_attr(not(feature = "__sql"), expect(dead_code, reason = "only rows need it"))]
    pub(crate) fn of_row(scope: String, key: String, agent: String) -> Self {
        Self { scope, key, agent }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.scope, self.key)?;
        if self.agent.is_empty() { Ok(()) } else { write!(formatter, "@{}", self.agent) }
    }
}
