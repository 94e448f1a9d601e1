//! A turn that is being put together, and carried to its end.

use std::sync::Arc;

use opencode_store::session::{SessionConfig, Subject};
use opencode_store::turn::{Admission, Delivery, TurnRecord};
use opencode_store::{Error, ErrorKind, Result, Store};
use opencode_wire::api::{OutputFormat, Prompt, PromptPart};
use opencode_wire::drive::CancellationToken;
use opencode_wire::model::{Json, ModelRef};
use opencode_wire::turn::Deadlines;

use super::attempt::Attempt;
use super::{Listen, RunOptions, TurnHandle, TurnOutcome, TurnRunner};
use crate::blocker::BlockerPolicy;
use crate::collect::MessageArtifacts;
use crate::hooks::TurnHooks;
use crate::pool::ServerPool;
use crate::report::ErrorReporter;
use crate::rules::Rules;

/// A turn that is being put together.
///
/// [`run`](Self::run) carries it to its end here; [`enqueue`](Self::enqueue) leaves it to the
/// [workers](crate::worker::Worker).
///
/// # Examples
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use opencode_orchestrate::turn::Turn;
/// use opencode_store::Store;
/// use opencode_store::session::Subject;
/// use opencode_wire::Client;
///
/// let store = Store::open("sqlite://app.db").await?;
/// store.migrate().await?;
/// let subject = Subject::new("acme", "conversation/42")?;
/// let turn = Turn::new(&store, &Client::from_env()?, &subject, "Explain monads in two sentences.")
///     .directory("/srv/projects/blue")
///     .idempotency_key("request-7f3a");
/// let outcome = turn.run(Default::default()).await?.into_completed()?;
/// println!("{}\n{}", outcome.text(), outcome.usage);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing happens until it is run or enqueued"]
pub struct Turn {
    runner: TurnRunner,
    subject: Subject,
    prompt: Prompt,
    config: SessionConfig,
    rules: Option<Rules>,
    delivery: Delivery,
    key: Option<String>,
    listener: Option<Arc<dyn Listen>>,
}

impl Turn {
    /// A prompt to the session of a subject, on a server given by its [`Client`](opencode_wire::Client), or on those of
    /// a pool.
    pub fn new(
        store: &Store,
        servers: impl Into<ServerPool>,
        subject: &Subject,
        prompt: impl Into<Prompt>,
    ) -> Self {
        let runner = TurnRunner::new(store.clone(), servers, RunOptions::default());
        Self::on(&runner, subject, prompt)
    }

    /// The same, run as a runner runs its turns: with its options, hooks and policy.
    pub fn on(runner: &TurnRunner, subject: &Subject, prompt: impl Into<Prompt>) -> Self {
        Self {
            runner: runner.clone(),
            subject: subject.clone(),
            prompt: prompt.into(),
            config: SessionConfig::default(),
            rules: None,
            delivery: Delivery::default(),
            key: None,
            listener: None,
        }
    }

    /// Sets instructions in addition to the agent's own.
    pub fn system(mut self, system: impl Into<String>) -> Self {
        self.prompt = self.prompt.with_system(system);
        self
    }

    /// Sets the agent that answers.
    pub fn agent(mut self, agent: impl Into<String>) -> Self {
        self.prompt = self.prompt.with_agent(agent);
        self
    }

    /// Sets the model that answers.
    pub fn model(mut self, model: ModelRef) -> Self {
        self.prompt = self.prompt.with_model(model);
        self
    }

    /// Sets the variant of the model, such as a reasoning effort.
    pub fn variant(mut self, variant: impl Into<String>) -> Self {
        self.prompt = self.prompt.with_variant(variant);
        self
    }

    /// Sets the form of the answer; see [`Prompt::format`] for its price.
    pub fn format(mut self, format: OutputFormat) -> Self {
        self.prompt = self.prompt.with_format(format);
        self
    }

    /// Adds a file that the model is to see.
    pub fn file(mut self, name: impl Into<String>, content_type: impl Into<String>, bytes: &[u8]) -> Self {
        self.prompt = self.prompt.with_part(PromptPart::file_bytes(name, content_type, bytes));
        self
    }

    /// Sets the directory that the server works in. It decides about the session: another directory is another session.
    pub fn directory(mut self, directory: impl Into<String>) -> Self {
        self.config.directory = Some(directory.into());
        self
    }

    /// Sets the server that the session is made on, by its name in the pool; the pool chooses unless set. A session that is
    /// there stays where it is.
    pub fn server(mut self, name: impl Into<String>) -> Self {
        self.config.server = Some(name.into());
        self
    }

    /// Sets what the session is called, when it is made.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.config = self.config.with_title(title);
        self
    }

    /// Sets what the agents of the session may do. The server keeps to it by itself; what is to be asked goes the way of
    /// [`blockers`](Self::blockers).
    ///
    /// Sub-agents get the denials alone: see [`Rules::to_session_rules`].
    ///
    /// Unless set, the server's own configuration decides, and that allows nearly everything by default. The rules stay
    /// with the session: see [`ClientUpstream`](crate::upstream::ClientUpstream) for how they are changed.
    pub fn permissions(mut self, rules: Rules) -> Self {
        self.config = self.config.with_permissions(rules.to_session_rules());
        self.rules = Some(rules);
        self
    }

    /// Sets what happens when the session is busy; the turn waits in line unless set.
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Sets what makes two prompts of the subject the same one: the second gets the first one's turn.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets who answers questions and permission requests; they are refused unless set.
    ///
    /// Where [`permissions`](Self::permissions) are set, they take the place of the policy's rules.
    pub fn blockers(mut self, policy: BlockerPolicy) -> Self {
        self.runner = self.runner.with_blockers(policy);
        self
    }

    /// Sets what the host is told while the turn runs, and when it has ended.
    pub fn hooks(mut self, hooks: Arc<dyn TurnHooks>) -> Self {
        self.runner = self.runner.with_hooks(hooks);
        self
    }

    /// Sets how the files of the turn are collected: see [`TurnRunner::with_files`].
    pub fn files(mut self, files: MessageArtifacts) -> Self {
        self.runner = self.runner.with_files(files);
        self
    }

    /// Sets where faults are told that change nothing about the turn.
    pub fn reporter(mut self, reporter: Arc<dyn ErrorReporter>) -> Self {
        self.runner = self.runner.with_reporter(reporter);
        self
    }

    /// Sets the time limits of the turn.
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        let mut options = self.runner.options().clone();
        options.follow.deadlines = deadlines;
        self.runner = self.runner.with_options(options);
        self
    }

    /// Sets how the turn is run: snapshots, lease, and everything about following.
    pub fn options(mut self, options: RunOptions) -> Self {
        self.runner = self.runner.with_options(options);
        self
    }

    /// Sets who hears what it says, where it is carried here.
    pub(crate) fn heard_by(mut self, listener: Arc<dyn Listen>) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Stores the prompt as a turn, and leaves it to the workers.
    ///
    /// What belongs to the prompt is stored with it. The session's configuration, hooks, limits and policies are those
    /// of the worker that takes it.
    ///
    /// # Errors
    ///
    /// [`Conflict`](ErrorKind::Conflict) when the key was used with another prompt;
    /// [`Busy`](ErrorKind::Busy) when the session is busy and the turn was to be refused then;
    /// [`InvalidInput`](ErrorKind::InvalidInput) when the prompt cannot be stored or would get no answer.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the turn stored or not. With an idempotency key the call can be repeated.
    pub async fn enqueue(self) -> Result<TurnHandle> {
        let admitted = self.admit().await?;
        Ok(TurnHandle::new(self.runner.store().clone(), admitted.id))
    }

    async fn admit(&self) -> Result<TurnRecord> {
        if self.prompt.no_reply == Some(true) {
            let message = "a prompt with `no_reply` gets no answer to follow: send it with `send_prompt`";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        // Two admissions of the same are the same whatever ids they were given.
        let mut prompt = self.prompt.clone();
        let message_id = prompt.message_id.take().unwrap_or_else(|| self.runner.pool().mint_message_id());
        let prompt = Json::from_value(&prompt).map_err(|error| {
            Error::new(ErrorKind::InvalidInput, "the prompt cannot be stored").with_source(error)
        })?;
        let mut admission =
            Admission::new(self.subject.clone(), message_id, prompt).with_delivery(self.delivery);
        admission.idempotency_key.clone_from(&self.key);
        Ok(self.runner.store().turns().admit(&admission).await?.turn)
    }

    /// Stores the prompt as a turn, and carries it to its end.
    ///
    /// It waits until the turns before it in its session have ended. One of them that nobody has worked on for as long
    /// as a lease is carried to its end first. Cancelling the token stops the turn, and it ends as cancelled.
    ///
    /// # Errors
    ///
    /// As [`enqueue`](Self::enqueue), and when the database fails. A server that cannot be reached for a minute ends a
    /// turn that it does not have as failed. Where it may have it, nobody knows: the error is
    /// [`Upstream`](ErrorKind::Upstream) and names the turn, which [`Worker::recover`](crate::worker::Worker::recover)
    /// carries on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future detaches: the server goes on, and a worker or [`recover`](crate::worker::Worker::recover)
    /// takes over the turn when its lease has ended.
    pub async fn run(mut self, token: CancellationToken) -> Result<TurnOutcome> {
        if let Some(rules) = self.rules.take() {
            let policy = self.runner.blockers().clone().with_rules(rules);
            self.runner = self.runner.with_blockers(policy);
        }
        let admitted = self.admit().await?;
        if let Some(listener) = self.listener.take() {
            self.runner = self.runner.with_tap(admitted.id, listener);
        }
        Attempt::new(&self.runner, &self.config, admitted).run(token).await
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Turn").field("subject", &self.subject).finish_non_exhaustive()
    }
}
