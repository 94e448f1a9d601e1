//! Carries a claimed turn to its end.

use std::sync::Arc;
use std::time::Duration;

use opencode_store::reply::SnapshotPolicy;
use opencode_store::session::{SessionConfig, SessionRecord, Sessions};
use opencode_store::turn::{Claim, EndKind, Finished, TurnEnd, TurnState};
use opencode_store::{Error, ErrorKind, Result, Store};
use opencode_wire::api::{Prompt, SessionHandle};
use opencode_wire::drive::{CancellationToken, PromptBuilder, Turn};
use opencode_wire::turn::{FollowPolicy, Outcome};
use opencode_wire::{Client, Error as WireError, ErrorKind as WireKind};

use super::keeper::Keeper;
use super::recorder::Recorder;
use super::step::{Step, first, has_ended};
use crate::upstream::ClientUpstream;

/// How turns are run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunOptions {
    /// How long a turn stays a worker's without a word of it: 30 seconds. The same as in the claim.
    ///
    /// It has to be longer than the client waits for an answer, because the prompt of a worker that died is taken
    /// for lost when its lease has ended and the server does not have it.
    pub lease: Duration,
    /// How often what was said is stored.
    pub snapshots: SnapshotPolicy,
    /// How turns are followed, with their time limits.
    pub follow: FollowPolicy,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            snapshots: SnapshotPolicy::default(),
            follow: FollowPolicy::default(),
        }
    }
}

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
#[derive(Debug, Clone)]
pub struct TurnRunner {
    store: Store,
    sessions: Sessions,
    client: Client,
    options: RunOptions,
}

impl TurnRunner {
    /// Runs the turns of a store on a server.
    #[must_use]
    pub fn new(store: Store, client: Client, options: RunOptions) -> Self {
        let upstream = Arc::new(ClientUpstream::new(client.clone()));
        let sessions = Sessions::new(store.sessions(), upstream).with_lease(options.lease);
        Self { store, sessions, client, options }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn lease(&self) -> Duration {
        self.options.lease
    }

    /// Carries a turn to its end, and stores what it says meanwhile.
    ///
    /// Cancelling the token ends the turn as cancelled; so does a request to stop it, from any process.
    ///
    /// # Errors
    ///
    /// [`LeaseLost`](ErrorKind::LeaseLost) when the turn has become somebody else's. With every other error the turn
    /// is handed over: whoever claims it next goes on where it was left. What the server or the model says against a
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
        let lease = claim.lease.clone();
        let keeper = Keeper {
            turns: self.store.turns(),
            events: self.store.events(),
            lease: lease.clone(),
            duration: self.options.lease,
            token: token.clone(),
        };
        let done = tokio::select! {
            done = self.carry(claim, config, &token) => done,
            lost = keeper.keep() => Err(lost),
        };
        if let Err(error) = &done
            && error.kind() != ErrorKind::LeaseLost
            && let Err(error) = self.store.turns().hand_over(&lease).await
        {
            tracing::debug!(turn = %lease.turn, %error, "a turn could not be handed over; its lease ends by itself");
        }
        done
    }

    async fn carry(
        &self,
        claim: Claim,
        config: &SessionConfig,
        token: &CancellationToken,
    ) -> Result<Finished> {
        if claim.turn.stop.is_some() {
            token.cancel();
        }
        let is_posted = match first(claim.turn.state) {
            Step::Prompt => false,
            Step::Ask => self.may_be_posted(&claim).await?,
            Step::Follow => true,
        };
        let begun = if is_posted {
            self.attach(&claim, token).await?
        } else if token.is_cancelled() {
            Begun::Refused(TurnEnd::new(EndKind::Cancelled, "cancelled before it began"))
        } else {
            self.prompt(&claim, config, token).await?
        };
        let turn = match begun {
            Begun::Turn(turn) => turn,
            Begun::Refused(end) => return self.store.turns().finish(&claim.lease, &end).await,
        };
        let (outcome, mut recorder) = self.follow(&claim, *turn).await?;
        if !has_ended(!is_posted, &outcome.ending) {
            let error = Error::new(ErrorKind::Upstream, outcome.ending.to_string());
            return Err(error.with_turn(claim.lease.turn));
        }
        recorder.finish(&outcome.reply).await?;
        self.store.turns().finish(&claim.lease, &TurnEnd::from(&outcome.ending)).await
    }

    /// Posts the prompt to the subject's session, and to a new one if that is gone.
    async fn prompt(
        &self,
        claim: &Claim,
        config: &SessionConfig,
        token: &CancellationToken,
    ) -> Result<Begun> {
        let message_id = claim.turn.message_id.clone();
        let prompt = match Prompt::from_json(&claim.prompt) {
            Ok(prompt) => prompt.with_message_id(message_id),
            Err(error) => return Ok(refused("what was admitted is no prompt", &error)),
        };
        let mut session = self.sessions.ensure(&claim.session.subject, config).await?.session;
        let mut is_new = false;
        loop {
            let builder = self.handle(&session)?.prompt(prompt.clone());
            match self.post(claim, self.set_up(builder, token)).await? {
                Ok(turn) => return Ok(Begun::Turn(Box::new(turn))),
                // Proof that the session is gone, and that nothing was posted.
                Err(error) if error.kind() == WireKind::NotFound && !is_new => {
                    session = self.sessions.recreate(&session, config).await?.session;
                    is_new = true;
                }
                Err(error) => return or_end(error),
            }
        }
    }

    /// Posts a prompt, once its events are heard and it is noted that it is about to be posted.
    async fn post(&self, claim: &Claim, builder: PromptBuilder) -> Result<Result<Turn, WireError>> {
        let live = match builder.live().await {
            Ok(live) => live,
            Err(error) => return Ok(Err(error)),
        };
        self.store.turns().advance(&claim.lease, TurnState::Prompting).await?;
        Ok(live.start().await)
    }

    /// Whether the server has a prompt that somebody was about to post. Where the session is gone, nobody can know.
    ///
    /// Whoever was about to post it has lost the lease since, and is not waiting for an answer any more.
    async fn may_be_posted(&self, claim: &Claim) -> Result<bool> {
        let session = self.handle(&claim.session)?;
        let Err(missing) = session.message(&claim.turn.message_id).await else { return Ok(true) };
        if missing.kind() != WireKind::NotFound {
            return Err(unreachable(missing));
        }
        match session.get().await {
            Ok(_) => Ok(false),
            Err(error) if error.kind() == WireKind::NotFound => Ok(true),
            Err(error) => Err(unreachable(error)),
        }
    }

    /// Follows a prompt that somebody may have posted.
    async fn attach(&self, claim: &Claim, token: &CancellationToken) -> Result<Begun> {
        let builder = self.handle(&claim.session)?.attach(claim.turn.message_id.clone());
        match self.set_up(builder, token).await {
            Ok(turn) => Ok(Begun::Turn(Box::new(turn))),
            Err(error) if error.kind() == WireKind::NotFound => {
                let message = "lost: the session does not exist any more";
                Ok(Begun::Refused(TurnEnd::new(EndKind::Lost, message)))
            }
            Err(error) => Err(unreachable(error)),
        }
    }

    fn set_up(&self, builder: PromptBuilder, token: &CancellationToken) -> PromptBuilder {
        builder.follow_policy(self.options.follow).cancel_token(token.clone())
    }

    fn handle(&self, session: &SessionRecord) -> Result<SessionHandle> {
        let missing = || Error::new(ErrorKind::Corrupt, "a session that was prompted has no upstream id");
        let id = session.upstream_id.clone().ok_or_else(missing)?;
        let client = match &session.directory {
            Some(directory) => self.client.with_directory(directory).map_err(unreachable)?,
            None => self.client.clone(),
        };
        Ok(client.session(id))
    }

    /// Follows a turn to its end, and stores what it says.
    async fn follow(&self, claim: &Claim, mut turn: Turn) -> Result<(Outcome, Recorder)> {
        let replies = self.store.replies();
        let mut recorder = Recorder::new(replies, claim.lease.clone(), self.options.snapshots);
        if claim.is_take_over() {
            recorder.take_over(turn.reply()).await?;
        }
        let mut is_seen = false;
        loop {
            if !is_seen && turn.reply().is_accepted() {
                self.store.turns().advance(&claim.lease, TurnState::Running).await?;
                is_seen = true;
            }
            tokio::select! {
                change = turn.next() => match change {
                    Some(change) => recorder.note(&change),
                    None => break,
                },
                () = recorder.due() => {}
            }
            recorder.write_if_due(turn.reply()).await?;
        }
        Ok((turn.outcome().await, recorder))
    }
}

/// What came of beginning with a turn.
enum Begun {
    Turn(Box<Turn>),
    /// It ends before it began.
    Refused(TurnEnd),
}

/// Whether an error ends the turn, or only this attempt: what the server refuses once, it refuses again.
fn or_end(error: WireError) -> Result<Begun> {
    match error.kind() {
        WireKind::BadRequest | WireKind::InvalidConfig | WireKind::TooLarge => {
            Ok(refused("the server refused the prompt", &error))
        }
        _ => Err(unreachable(error)),
    }
}

fn refused(what: &str, error: &WireError) -> Begun {
    Begun::Refused(TurnEnd::new(EndKind::Failed, format!("{what}: {error}")))
}

fn unreachable(error: WireError) -> Error {
    Error::new(ErrorKind::Upstream, "the server could not be prompted or followed").with_source(error)
}
