//! One interface over agents.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::{
    AgentCommand, AgentError, AgentEvent, AgentHealth, AgentOutcome, AgentPrompt, AgentSession,
    SessionRequest,
};
use crate::blocker::Answer;

/// Takes the events of a turn. It is called on the turn's own task, and must not wait: a channel's sending end does for
/// what takes time.
pub type EventSink = Arc<dyn Fn(AgentEvent) + Send + Sync>;

/// One agent that a host can prompt, however it is reached: OpenCode by [`OpenCodeBackend`](super::OpenCodeBackend), and
/// whatever else a host has.
#[async_trait]
pub trait AgentBackend: Send + Sync + fmt::Debug {
    /// What kind of agent it is: a word that stays the same, such as `opencode`.
    fn kind(&self) -> &str;

    /// Gives the session of a subject: the one that there is, if the agent has it still, or a new one. Callers at once
    /// get the same.
    ///
    /// # Errors
    ///
    /// When the agent cannot be started or reached, or has no session to give.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the subject with one session or none.
    async fn ensure_session(&self, wanted: &SessionRequest) -> Result<AgentSession, AgentError>;

    /// Runs one turn to its end. Its events are told in their order, all before this returns, and none after.
    ///
    /// What the agent or its model says against the turn is no error, but its outcome. It is told once, and so is
    /// everything that was said until then.
    ///
    /// # Errors
    ///
    /// When the turn could not be stored or carried on, or the backend is [disposed](Self::dispose).
    ///
    /// # Cancel safety
    ///
    /// As the backend says; [`AgentPrompt::cancel`] is what stops a turn.
    async fn prompt(
        &self,
        session: &AgentSession,
        prompt: AgentPrompt,
        events: EventSink,
    ) -> Result<AgentOutcome, AgentError>;

    /// Answers what the agent [asked](super::AgentEventKind::Asked) in a session. `by` says who, for the record.
    ///
    /// # Errors
    ///
    /// When nothing with that id waits for an answer, or the answer does not fit.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may be answered or not.
    async fn answer(
        &self,
        session: &AgentSession,
        request: &str,
        answer: &Answer,
        by: &str,
    ) -> Result<(), AgentError>;

    /// The commands that the agent offers in a session, which begin with a slash where people write them; none unless
    /// the backend says otherwise.
    ///
    /// # Errors
    ///
    /// When the agent cannot be started or reached.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    async fn commands(&self, session: &AgentSession) -> Result<Vec<AgentCommand>, AgentError> {
        let _none_of_its_own = session;
        Ok(Vec::new())
    }

    /// The host is done with a session: its turns that run here are stopped and end, and it is noted as closed. The agent
    /// keeps it, and the next prompt opens it again.
    ///
    /// # Errors
    ///
    /// When that cannot be noted.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the turns stopped, or about to be.
    async fn close_session(&self, session: &AgentSession) -> Result<(), AgentError>;

    /// Whether the agent can be reached now. Nothing is started for it.
    ///
    /// # Cancel safety
    ///
    /// It only asks.
    async fn health(&self) -> AgentHealth;

    /// Whether a turn runs. A backend that is busy must not be evicted.
    fn is_busy(&self) -> bool;

    /// Looks after what the backend runs: probes, ends what nobody uses. To be called now and then by hosts whose
    /// backends do not do so by themselves.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves some of it undone.
    async fn tick(&self);

    /// Stops every turn, waits until each has ended, and ends everything that the backend runs. Sessions stay.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves some of it running. It can be called again.
    async fn dispose(&self);
}
