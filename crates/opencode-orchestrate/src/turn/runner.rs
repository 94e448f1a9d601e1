//! Carries claimed turns to their ends.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use opencode_store::session::{SessionConfig, Sessions, Subject};
use opencode_store::turn::{Claim, Finished, TurnFilter, TurnId, TurnRecord, TurnState};
use opencode_store::{Result, Store};
use opencode_wire::drive::CancellationToken;
use opencode_wire::ids::{Clock, SystemClock};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::RunOptions;
use super::holding::hold;
use super::places::Places;
use super::steering::Steering;
use super::tap::{Listen, Tap};
use crate::blocker::{BlockerPolicy, Broker, BrokerTools};
use crate::collect::MessageArtifacts;
use crate::hooks::{HookLine, TurnHooks};
use crate::pool::{PoolError, PoolUpstream, ServerPool};
use crate::report::{ErrorReporter, Reporter, TraceReporter};
use crate::trace;

/// Carries claimed turns to their ends: one turn a call, from wherever an earlier owner has left it. Cheap to clone.
///
/// # Examples
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use opencode_orchestrate::turn::{RunOptions, TurnRunner};
/// use opencode_store::Store;
/// use opencode_store::session::SessionConfig;
/// use opencode_store::turn::ClaimRequest;
/// use opencode_wire::Client;
///
/// let store = Store::open("sqlite://app.db").await?;
/// let options = RunOptions::default();
/// let request = ClaimRequest::new("worker-1", options.lease);
/// let runner = TurnRunner::new(store.clone(), Client::from_env()?, options);
/// while let Some(claim) = store.turns().claim(&request).await? {
///     let config = SessionConfig::new("/srv/projects/blue");
///     let finished = runner.run(claim, &config, Default::default()).await?;
///     println!("{:?}", finished.turn.end);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TurnRunner {
    store: Store,
    sessions: Sessions,
    pool: ServerPool,
    options: RunOptions,
    blockers: BlockerPolicy,
    hooks: Option<Arc<dyn TurnHooks>>,
    reporter: Reporter,
    clock: Arc<dyn Clock>,
    places: Places,
    tap: Option<Tap>,
    files: Option<MessageArtifacts>,
}

impl TurnRunner {
    /// Runs the turns of a store on a server, given by its [`Client`](opencode_wire::Client), or on those of a pool.
    /// Whatever an agent asks for is refused, until [`with_blockers`](Self::with_blockers) says otherwise.
    #[must_use]
    pub fn new(store: Store, servers: impl Into<ServerPool>, options: RunOptions) -> Self {
        let pool = servers.into();
        let upstream = Arc::new(PoolUpstream(pool.clone()));
        let sessions = Sessions::new(store.sessions(), upstream).with_lease(options.lease);
        Self {
            store,
            sessions,
            pool,
            options,
            blockers: BlockerPolicy::default(),
            hooks: None,
            reporter: Reporter::new(Arc::new(TraceReporter)),
            clock: Arc::new(SystemClock),
            places: Places::default(),
            tap: None,
            files: None,
        }
    }

    /// Sets who answers questions and permission requests.
    #[must_use]
    pub fn with_blockers(mut self, policy: BlockerPolicy) -> Self {
        self.blockers = policy;
        self
    }

    pub(super) fn blockers(&self) -> &BlockerPolicy {
        &self.blockers
    }

    /// Sets what the host is told.
    #[must_use]
    pub fn with_hooks(mut self, hooks: Arc<dyn TurnHooks>) -> Self {
        self.hooks = Some(hooks);
        self
    }

    /// Sets how the files of turns are collected, before their ends are stored; they are not unless set.
    ///
    /// The folder is the session's directory, if it is on this machine: then it holds what changed there since the
    /// prompt. Otherwise files are as tools say them. What is left out is told to
    /// [`TurnHooks::on_files`](crate::hooks::TurnHooks::on_files).
    ///
    /// The server and what collects must see one folder under one path, and no two sessions should share it: what
    /// another one writes meanwhile would be taken for this one's.
    #[must_use]
    pub fn with_files(mut self, files: MessageArtifacts) -> Self {
        self.files = Some(files);
        self
    }

    /// Sets where faults are told that change nothing about a turn; to the trace unless set.
    #[must_use]
    pub fn with_reporter(mut self, reporter: Arc<dyn ErrorReporter>) -> Self {
        self.reporter = Reporter::new(reporter);
        self
    }

    /// Sets where the time of day comes from, by which requests to people expire; it should be the store's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets how many turns the [workers](crate::worker::Worker) with this runner or its clones run on the server at
    /// once, all together; any number unless set. For each server by itself, see
    /// [`PoolOptions`](crate::pool::PoolOptions::turns_per_server).
    #[must_use]
    pub fn with_turns_at_once(mut self, turns: usize) -> Self {
        self.places = Places::limited(turns);
        self
    }

    /// Sets how turns are run.
    #[must_use]
    pub fn with_options(mut self, options: RunOptions) -> Self {
        self.sessions = self.sessions.with_lease(options.lease);
        self.options = options;
        self
    }

    /// The store whose turns it runs.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The servers on which it runs them.
    #[must_use]
    pub fn pool(&self) -> &ServerPool {
        &self.pool
    }

    /// How turns are run.
    #[must_use]
    pub fn options(&self) -> &RunOptions {
        &self.options
    }

    /// The sessions that it prompts.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Carries a turn to its end, and stores what it says meanwhile.
    ///
    /// Cancelling the token ends the turn as cancelled; so does a request to stop it, from any process. Turns that are
    /// steered into it are carried to their ends, too, before the call returns.
    ///
    /// # Errors
    ///
    /// [`LeaseLost`](opencode_store::ErrorKind::LeaseLost) when the turn has become somebody else's. With every other error the turn
    /// is handed over, or left until its lease ends when its prompt may still arrive: whoever claims it next goes on
    /// where it was left. What the server or the model says against a
    /// turn is no error, but its end.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the turn as it is when a process dies: it is claimed again when its lease has ended.
    pub async fn run(
        &self,
        claim: Claim,
        config: &SessionConfig,
        token: CancellationToken,
    ) -> Result<Finished> {
        self.carry(claim, None, config, token).await
    }

    /// The same for a turn that was claimed just now: it was asked for at this instant, or later.
    pub(crate) async fn run_claimed(
        &self,
        claim: Claim,
        asked: Instant,
        config: &SessionConfig,
        token: CancellationToken,
    ) -> Result<Finished> {
        self.carry(claim, Some(asked + self.options.lease), config, token).await
    }

    async fn carry(
        &self,
        claim: Claim,
        held_until: Option<Instant>,
        config: &SessionConfig,
        token: CancellationToken,
    ) -> Result<Finished> {
        let mut steering = Steering::default();
        let span = trace::turn_span(&claim);
        let done = hold(self, claim, held_until, config, token, &mut steering).instrument(span).await;
        if done.is_ok() {
            steering.finish().await;
        }
        done
    }

    /// The same for a turn that joins a running one.
    pub(super) fn run_joined(
        self,
        claim: Claim,
        config: SessionConfig,
    ) -> BoxFuture<'static, Result<Finished>> {
        let span = trace::turn_span(&claim);
        let run = async move {
            hold(&self, claim, None, &config, CancellationToken::new(), &mut Steering::default()).await
        };
        Box::pin(run.instrument(span))
    }

    /// Tells the host's hooks of a turn, if there are any.
    pub(super) fn hook_line(&self, claim: &Claim) -> Option<HookLine> {
        let hooks = self.hooks.clone()?;
        Some(HookLine::new(hooks, claim.turn.clone(), self.reporter.clone(), self.options.activity_every))
    }

    /// The same, heard by somebody who hears that turn alone.
    pub(super) fn with_tap(mut self, turn: TurnId, listener: Arc<dyn Listen>) -> Self {
        self.tap = Some(Tap::new(turn, listener));
        self
    }

    /// Who hears what a turn says.
    pub(super) fn listener(&self, turn: TurnId) -> Option<&dyn Listen> {
        self.tap.as_ref()?.of(turn)
    }

    /// How a session is to be, and on which server, should it have to be made.
    pub(crate) fn placed(
        &self,
        subject: &Subject,
        config: &SessionConfig,
    ) -> std::result::Result<SessionConfig, PoolError> {
        let mut config = config.clone();
        if config.server.is_none() {
            config.server = self.pool.choose(subject, &config)?;
        }
        Ok(config)
    }

    pub(super) const fn files(&self) -> Option<&MessageArtifacts> {
        self.files.as_ref()
    }

    pub(super) fn reporter(&self) -> &Reporter {
        &self.reporter
    }

    pub(super) fn broker(
        &self,
        claim: &Claim,
        token: &CancellationToken,
        orders: watch::Receiver<Instant>,
    ) -> Broker {
        Broker::new(BrokerTools {
            blockers: self.store.blockers(),
            claim: claim.clone(),
            policy: self.blockers.clone(),
            limit: self.options.follow.deadlines.human,
            orders,
            token: token.clone(),
            reporter: self.reporter.clone(),
            clock: Arc::clone(&self.clock),
        })
    }

    pub(crate) fn lease(&self) -> Duration {
        self.options.lease
    }

    /// Whether the prompt of a turn, or of one that has joined it, may be on its way to the server.
    pub(crate) async fn may_be_posting(&self, turn: TurnId) -> bool {
        self.open_with(turn).await.map_or(true, |open| {
            let is_its = |record: &&TurnRecord| record.id == turn || record.joined_to == Some(turn);
            open.iter().filter(is_its).any(|record| record.state == TurnState::Prompting)
        })
    }

    /// The open turns of a turn's session.
    async fn open_with(&self, turn: TurnId) -> Result<Vec<TurnRecord>> {
        let turns = self.store.turns();
        let Some(record) = turns.turn(turn).await? else { return Ok(Vec::new()) };
        turns.turns(record.session, TurnFilter::Open, None, usize::MAX).await
    }

    /// Places for turns on the server.
    pub(crate) const fn places(&self) -> &Places {
        &self.places
    }
}

impl std::fmt::Debug for TurnRunner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TurnRunner")
            .field("store", &self.store)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
