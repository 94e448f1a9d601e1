//! OpenCode, as one agent among others.

mod running;
mod teller;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use opencode_store::session::{Ensured, SessionConfig};
use opencode_wire::api::{Command, Prompt, PromptPart};
use opencode_wire::drive::CancellationToken;
use tokio::time::timeout;

use self::running::Running;
use self::teller::Teller;
use super::transform::Transforms;
use super::{
    AgentBackend, AgentCommand, AgentError, AgentHealth, AgentOutcome, AgentPrompt, AgentSession, EventSink,
    SessionRequest,
};
use crate::blocker::Answer;
use crate::turn::{Listen, Turn, TurnHandle, TurnOutcome, TurnRunner};

/// How long a server may take to say that it is there.
const HEALTH_WITHIN: Duration = Duration::from_secs(5);

/// OpenCode, as one agent among others: turns that are stored and survive, on the servers of a pool.
///
/// What is asked of people goes the way of the runner's [`BlockerPolicy`](crate::blocker::BlockerPolicy): with
/// [`ask`](crate::blocker::BlockerPolicy::ask) it waits for [`answer`](AgentBackend::answer), from any process. Whatever
/// is transformed is transformed for those who are told; what is stored stays what the agent has said.
///
/// Dropping the future of [`prompt`](AgentBackend::prompt) detaches: the server goes on, and a worker takes the turn over.
/// When another worker carries a turn that was prompted here, it is told at its end, all at once.
///
/// # Examples
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
///
/// use opencode_orchestrate::agent::transform::{StripTags, Transforms};
/// use opencode_orchestrate::agent::{AgentBackend, OpenCodeBackend, SessionRequest};
/// use opencode_orchestrate::turn::{RunOptions, TurnRunner};
/// use opencode_store::{Store, session::Subject};
/// use opencode_wire::Client;
///
/// let store = Store::open("sqlite://app.db").await?;
/// store.migrate().await?;
/// let runner = TurnRunner::new(store, Client::from_env()?, RunOptions::default());
/// let agent = OpenCodeBackend::new(runner).with_transforms(
///     Transforms::new().with_text(|| Box::new(StripTags::new(["dcp-message-id"]))),
/// );
///
/// let subject = Subject::new("acme", "chat/7")?;
/// let wanted = SessionRequest::new(subject).with_directory("/srv/worktrees/chat-7");
/// let session = agent.ensure_session(&wanted).await?;
/// let show = Arc::new(|event| println!("{event:?}"));
/// let outcome = agent.prompt(&session, "Tidy up the imports.".into(), show).await?;
/// println!("{}: {}", outcome.status, outcome.text);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct OpenCodeBackend {
    runner: TurnRunner,
    transforms: Transforms,
    running: Arc<Running>,
}

impl OpenCodeBackend {
    /// OpenCode on the servers of a runner, with its store, limits and policies.
    #[must_use]
    pub fn new(runner: TurnRunner) -> Self {
        Self { runner, transforms: Transforms::new(), running: Arc::default() }
    }

    /// Sets what is done to texts on their way to people.
    #[must_use]
    pub fn with_transforms(mut self, transforms: Transforms) -> Self {
        self.transforms = transforms;
        self
    }

    /// The session, once the server has said that it has it.
    async fn verified(&self, wanted: &SessionRequest) -> Result<Ensured, AgentError> {
        let mut config = SessionConfig::default();
        config.directory.clone_from(&wanted.directory);
        config.title.clone_from(&wanted.title);
        if let Some(rules) = &wanted.permissions {
            config.permissions = rules.to_session_rules();
        }
        let (sessions, pool) = (self.runner.sessions(), self.runner.pool());
        let placed = self.runner.placed(&wanted.subject, &config)?;
        let ensured = sessions.ensure(&wanted.subject, &placed).await?;
        let session = &ensured.session;
        let Some(id) = session.upstream_id.clone().filter(|_| !ensured.just_created) else {
            return Ok(ensured);
        };
        let server = pool.visit(session.server.as_deref(), session.directory.as_deref()).await?;
        match server.client().session(id).get().await {
            Ok(_) => Ok(ensured),
            Err(error) if error.is_not_found() => {
                drop(server);
                let placed = self.runner.placed(&wanted.subject, &config)?;
                Ok(sessions.recreate(session, &placed).await?)
            }
            Err(error) => Err(AgentError::Unreachable(error)),
        }
    }

    fn turn(&self, session: &AgentSession, prompt: &AgentPrompt) -> Turn {
        let wanted = &session.request;
        let mut message = Prompt::from(prompt.text.as_str());
        for file in &prompt.files {
            let (name, content_type) = (file.name.clone(), file.content_type.clone());
            message = message.with_part(PromptPart::file_bytes(name, content_type, &file.bytes));
        }
        let mut turn = Turn::on(&self.runner, &wanted.subject, message).delivery(prompt.delivery);
        if let Some(model) = prompt.model.as_ref().or(wanted.model.as_ref()) {
            turn = turn.model(model.clone());
        }
        if let Some(key) = &prompt.idempotency_key {
            turn = turn.idempotency_key(key);
        }
        if let Some(directory) = &wanted.directory {
            turn = turn.directory(directory);
        }
        if let Some(title) = &wanted.title {
            turn = turn.title(title);
        }
        match &wanted.permissions {
            Some(rules) => turn.permissions(rules.clone()),
            None => turn,
        }
    }

    async fn outcome(
        &self,
        session: &AgentSession,
        outcome: &TurnOutcome,
    ) -> Result<AgentOutcome, AgentError> {
        let record = self.runner.store().sessions().session(&session.request.subject).await?;
        let (turn, end) = (outcome.turn.id.to_string(), outcome.end());
        let mut told = AgentOutcome::new(turn, outcome.status(), end.message.clone());
        told.text = teller::text(outcome, &self.transforms);
        told.usage = outcome.usage;
        told.is_retryable = outcome.is_retryable();
        told.context_lost = record.is_some_and(|record| record.generation > session.generation);
        Ok(told)
    }
}

#[async_trait]
impl AgentBackend for OpenCodeBackend {
    fn kind(&self) -> &str {
        "opencode"
    }

    async fn ensure_session(&self, wanted: &SessionRequest) -> Result<AgentSession, AgentError> {
        let _until_done = self.running.begin(&wanted.subject, &CancellationToken::new())?;
        let ensured = self.verified(wanted).await?;
        let id = ensured.session.upstream_id.as_ref().map(ToString::to_string);
        let mut session = AgentSession::new(wanted.clone(), id.unwrap_or_default());
        session.generation = ensured.session.generation;
        session.server.clone_from(&ensured.session.server);
        session.context_lost = ensured.context_lost;
        Ok(session)
    }

    async fn prompt(
        &self,
        session: &AgentSession,
        prompt: AgentPrompt,
        events: EventSink,
    ) -> Result<AgentOutcome, AgentError> {
        let until_done = self.running.begin(&session.request.subject, &prompt.cancel)?;
        let teller = Arc::new(Teller::new(self.transforms.clone(), events));
        let listener: Arc<dyn Listen> = Arc::clone(&teller) as _;
        let turn = self.turn(session, &prompt).heard_by(listener);
        let outcome = turn.run(until_done.token()).await?;
        teller.finish(&outcome);
        self.outcome(session, &outcome).await
    }

    async fn answer(
        &self,
        session: &AgentSession,
        request: &str,
        answer: &Answer,
        by: &str,
    ) -> Result<(), AgentError> {
        let store = self.runner.store();
        let missing = || AgentError::NotAsked { request: request.to_owned() };
        let record = store.sessions().session(&session.request.subject).await?.ok_or_else(missing)?;
        let open = opencode_store::turn::TurnFilter::Open;
        for turn in store.turns().turns(record.id, open, None, usize::MAX).await? {
            let handle = TurnHandle::new(store.clone(), turn.id);
            if handle.open_blockers().await?.iter().any(|blocker| blocker.request.request_id == request) {
                handle.answer(request, answer, by).await?;
                return Ok(());
            }
        }
        Err(missing())
    }

    async fn commands(&self, session: &AgentSession) -> Result<Vec<AgentCommand>, AgentError> {
        let directory = session.request.directory.as_deref();
        let server = self.runner.pool().visit(session.server.as_deref(), directory).await?;
        let commands = server.client().commands().await.map_err(AgentError::Unreachable)?;
        let told =
            |command: Command| AgentCommand::new(command.name, command.description.unwrap_or_default());
        Ok(commands.into_iter().map(told).collect())
    }

    async fn close_session(&self, session: &AgentSession) -> Result<(), AgentError> {
        self.running.stop(Some(&session.request.subject)).await;
        let sessions = self.runner.store().sessions();
        if let Some(record) = sessions.session(&session.request.subject).await? {
            self.runner.sessions().close(&record).await?;
        }
        Ok(())
    }

    async fn health(&self) -> AgentHealth {
        let mut health = AgentHealth::Idle;
        for client in self.runner.pool().clients() {
            health = match timeout(HEALTH_WITHIN, client.health()).await {
                Ok(Ok(found)) => return AgentHealth::Up { version: found.version },
                Ok(Err(error)) => AgentHealth::Down { why: error.to_string() },
                Err(_) => AgentHealth::Down { why: format!("no answer within {HEALTH_WITHIN:?}") },
            };
        }
        health
    }

    fn is_busy(&self) -> bool {
        self.running.is_busy()
    }

    async fn tick(&self) {
        self.runner.pool().look().await;
    }

    async fn dispose(&self) {
        self.running.shut();
        self.running.stop(None).await;
        self.runner.pool().shut_down().await;
    }
}
