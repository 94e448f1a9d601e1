//! Carries out the steps of a turn's course.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant as StdInstant;

use opencode_store::session::{Ensured, SessionConfig, SessionRecord, SessionStatus};
use opencode_store::turn::{Claim, Finished, Renewal, TurnEnd, TurnState};
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::api::{Prompt, SessionHandle};
use opencode_wire::drive::{CancellationToken, LivePrompt, PromptBuilder, Turn};
use opencode_wire::turn::{Ending, Loss};
use opencode_wire::{Error as WireError, ErrorKind as WireKind};
use tokio::sync::watch;
use tokio::time::Instant;

use super::course::{Came, Course, Step};
use super::ending;
use super::following::Followed;
use super::recorder::Recorder;
use super::steering::Steering;
use super::term::Term;
use super::trouble::{came_of, refused};
use super::{BrokenOff, TurnRunner};
use crate::blocker::Broker;
use crate::hooks::HookLine;
use crate::pool::{PoolError, ServerLease};
use crate::trace;

/// By how many claims an answer may be gone on with that was broken off again and again.
const MOST_CLAIMS: u64 = 8;

/// What a carrier needs.
pub(super) struct Tools<'a> {
    pub(super) runner: &'a TurnRunner,
    pub(super) claim: &'a Claim,
    pub(super) config: &'a SessionConfig,
    pub(super) token: &'a CancellationToken,
    /// Says that there is something to look at, and until when the turn is ours.
    pub(super) orders: watch::Receiver<Instant>,
    pub(super) hooks: &'a mut Option<HookLine>,
    pub(super) steering: &'a mut Steering,
    /// Set once the end is being stored: from then on the lease may be over because the turn is.
    pub(super) is_ending: &'a AtomicBool,
}

/// Carries out the steps of a turn's course.
pub(super) struct Carrier<'a> {
    pub(super) tools: Tools<'a>,
    pub(super) broker: Broker,
    session: SessionRecord,
    /// The use of the session's server.
    server: Option<ServerLease>,
    live: Option<LivePrompt>,
    turn: Option<Turn>,
    followed: Option<Box<(opencode_wire::turn::Outcome, Recorder)>>,
    /// Why the last step could not be done.
    trouble: Option<Error>,
    term: Term,
    /// Whether the prompt was sent from here, and the server is not known to have it.
    is_under_way: bool,
    began: StdInstant,
}

impl<'a> Carrier<'a> {
    pub(super) fn new(tools: Tools<'a>) -> Self {
        let broker = tools.runner.broker(tools.claim, tools.token, tools.orders.clone());
        let session = tools.claim.session.clone();
        let term = Term::new(tools.runner.lease(), tools.orders.clone());
        Self {
            tools,
            broker,
            session,
            server: None,
            live: None,
            turn: None,
            followed: None,
            trouble: None,
            term,
            is_under_way: false,
            began: StdInstant::now(),
        }
    }

    /// Carries the turn to its end, or as far as it can be carried now.
    pub(super) async fn carry(&mut self) -> Result<Finished> {
        if self.tools.claim.turn.stop.is_some() {
            self.tools.token.cancel();
        }
        trace::turn_started(self.tools.claim);
        let state = self.tools.claim.turn.state;
        let is_joined = self.tools.claim.turn.joined_to.is_some();
        let mut course = if is_joined { Course::joined(state) } else { Course::claimed(state) };
        loop {
            match course.next(self.tools.token.is_cancelled()) {
                Step::Store(end) => return self.store(&end).await,
                Step::LetGo => return Err(self.let_go()),
                step => {
                    let came = self.take(&step, &course).await?;
                    course.took(came);
                }
            }
        }
    }

    /// Whether the prompt was sent from here, and the server is not known to have it. Whoever asks for it now may hear
    /// that it is not there, and send it again.
    pub(super) const fn is_under_way(&self) -> bool {
        self.is_under_way
    }

    /// Takes note that the server has the prompt.
    pub(super) const fn has_arrived(&mut self) {
        self.is_under_way = false;
    }

    /// Takes a step. Each has a box of its own, because a turn is as large as the largest for as long as it runs.
    async fn take(&mut self, step: &Step, course: &Course) -> Result<Came> {
        match step {
            Step::Ask => Box::pin(self.ask()).await,
            Step::Ensure => Box::pin(self.ensure()).await,
            Step::Replace => Box::pin(self.replace()).await,
            Step::Subscribe => Box::pin(self.subscribe()).await,
            Step::Note => Box::pin(self.note()).await,
            Step::Post => Ok(Box::pin(self.post()).await),
            Step::Attach => Box::pin(self.attach()).await,
            Step::Follow => Box::pin(self.follow(course)).await,
            Step::GoOn => Box::pin(self.go_on()).await,
            Step::Settle => Box::pin(self.settle()).await,
            Step::Store(_) | Step::LetGo => Ok(Came::Done),
        }
    }

    /// Asks the server whether it has a prompt that somebody was about to post.
    ///
    /// Whoever was about to post it has lost the lease since, and is not waiting for an answer any more.
    async fn ask(&mut self) -> Result<Came> {
        if self.session.upstream_id.is_none() {
            return Ok(Came::NoSession);
        }
        let session = match self.reach().await? {
            Ok(session) => session,
            Err(unreachable) => return Ok(unreachable),
        };
        let Err(error) = session.message(&self.tools.claim.turn.message_id).await else {
            return Ok(Came::Done);
        };
        if error.kind() != WireKind::NotFound {
            return Ok(self.cannot(error));
        }
        Ok(match session.get().await {
            Ok(_) => Came::Absent,
            Err(error) => self.cannot(error),
        })
    }

    async fn ensure(&mut self) -> Result<Came> {
        let config = match self.tools.runner.placed(&self.session.subject, self.tools.config) {
            Ok(config) => config,
            Err(error) => return Ok(self.cannot_use(error)),
        };
        let sessions = self.tools.runner.sessions();
        let ensured = sessions.ensure(&self.tools.claim.session.subject, &config).await;
        self.have(ensured)
    }

    async fn replace(&mut self) -> Result<Came> {
        // Whoever waits for the server to be free must not wait for us, who are about to ask for another.
        self.server = None;
        let config = match self.tools.runner.placed(&self.session.subject, self.tools.config) {
            Ok(config) => config,
            Err(error) => return Ok(self.cannot_use(error)),
        };
        let ensured = self.tools.runner.sessions().recreate(&self.session, &config).await;
        self.have(ensured)
    }

    fn have(&mut self, ensured: Result<Ensured>) -> Result<Came> {
        match ensured {
            Ok(ensured) => {
                trace::session_ensured(self.tools.claim, &ensured);
                self.session = ensured.session;
                Ok(Came::Done)
            }
            Err(error) if error.kind() == ErrorKind::Upstream => {
                self.trouble = Some(error);
                Ok(Came::Unreachable)
            }
            Err(error) => Err(error),
        }
    }

    async fn subscribe(&mut self) -> Result<Came> {
        let token = self.tools.token;
        let prompt = match Prompt::from_json(&self.tools.claim.prompt) {
            Ok(prompt) => prompt.with_message_id(self.tools.claim.turn.message_id.clone()),
            Err(error) => return Ok(refused("what was admitted is no prompt", &error)),
        };
        let session = tokio::select! {
            session = self.reach() => session?,
            // Nothing was posted, and nobody waits for a place any more.
            () = token.cancelled() => return Ok(Came::Done),
        };
        let builder = match session {
            Ok(session) => self.set_up(session.prompt(prompt)),
            Err(unreachable) => return Ok(unreachable),
        };
        Ok(match builder.live().await {
            Ok(live) => {
                self.live = Some(live);
                Came::Done
            }
            Err(error) => self.cannot(error),
        })
    }

    /// Notes that the prompt is about to be posted, with enough time left for it.
    async fn note(&mut self) -> Result<Came> {
        let turns = self.tools.runner.store().turns();
        if self.term.is_short() {
            let asked = Instant::now();
            let lease = std::slice::from_ref(&self.tools.claim.lease);
            match turns.renew(lease, self.term.lease()).await?.as_slice() {
                [Renewal::Renewed { .. }] => self.term.renewed(asked),
                _ => return Err(self.lost()),
            }
        }
        if turns.advance(&self.tools.claim.lease, TurnState::Prompting).await?.stop.is_some() {
            // Asked for before anybody listened.
            self.tools.token.cancel();
        }
        Ok(Came::Done)
    }

    async fn post(&mut self) -> Came {
        let Some(live) = self.live.take() else { return Came::Unreachable };
        // Whoever has stood still since it was noted must not post any more: somebody else may have the turn, has not
        // found the prompt, and posts it.
        if !self.term.may_post() {
            self.trouble = Some(self.lost());
            return Came::Unreachable;
        }
        self.is_under_way = true;
        match live.start().await {
            Ok(turn) => {
                self.turn = Some(turn);
                Came::Done
            }
            // It was refused, or has never left.
            Err(error) => {
                self.is_under_way = false;
                self.cannot(error)
            }
        }
    }

    async fn attach(&mut self) -> Result<Came> {
        if self.session.upstream_id.is_none() {
            return Ok(Came::NoSession);
        }
        let builder = match self.reach().await? {
            Ok(session) => self.set_up(session.attach(self.tools.claim.turn.message_id.clone())),
            Err(unreachable) => return Ok(unreachable),
        };
        Ok(match builder.await {
            Ok(turn) => {
                self.turn = Some(turn);
                Came::Done
            }
            Err(error) => self.cannot(error),
        })
    }

    async fn follow(&mut self, course: &Course) -> Result<Came> {
        let Some(turn) = self.turn.take() else { return Ok(Came::Unreachable) };
        // Apart, because it is watched while everything else is at work.
        let server = self.server.take();
        let followed = super::following::follow(self, turn, server.as_ref()).await?;
        let Followed::Over(mut followed) = followed else { return Ok(self.lost_server().await) };
        let (outcome, recorder) = followed.as_mut();
        self.server = server;
        trace::stream_ended(self.tools.claim, outcome, self.began);
        if course.may_go_on() && outcome.ending == Ending::Lost(Loss::Abandoned) && self.words().is_some() {
            recorder.finish(&outcome.reply).await?;
            return Ok(Came::BrokenOff);
        }
        let end = ending::of(outcome, course.posts(), self.broker.expired().as_ref());
        if let (Some(listener), true) = (self.tools.runner.listener(self.tools.claim.turn.id), end.is_some())
        {
            listener.ended(&outcome.reply);
        }
        if end.is_none() {
            self.trouble = Some(Error::new(ErrorKind::Upstream, outcome.ending.to_string()));
        }
        self.followed = Some(followed);
        Ok(Came::Over { end: end.map(Box::new) })
    }

    /// The server is gone, and with it whatever ran there. Whoever claims the turn next has another one, which has the
    /// session still.
    async fn lost_server(&mut self) -> Came {
        // Nothing can arrive any more.
        self.is_under_way = false;
        trace::server_lost(self.tools.claim);
        let (session, sessions) = (&self.session, self.tools.runner.store().sessions());
        let crashed = sessions.set_status(session.id, session.generation, SessionStatus::Crashed);
        if let Err(error) = crashed.await {
            tracing::warn!(turn = %self.tools.claim.turn.id, %error, "it could not be noted that a session's server is gone");
        }
        if let Some(hooks) = &self.tools.hooks {
            hooks.note_server_lost();
        }
        let message = "the server that the turn ran on is gone";
        self.trouble = Some(Error::new(ErrorKind::Upstream, message));
        Came::Over { end: None }
    }

    /// What the agent is told to go on, if it is to.
    fn words(&self) -> Option<&str> {
        match &self.tools.runner.options().broken_off {
            BrokenOff::GoOn(words) if self.tools.claim.lease.attempt < MOST_CLAIMS => Some(words),
            _ => None,
        }
    }

    /// Lets the agent go on with an answer that was broken off. What it is told becomes part of the same message, so
    /// that the rest of the answer belongs to the same turn.
    async fn go_on(&mut self) -> Result<Came> {
        let (Some(words), Ok(mut prompt)) = (self.words(), Prompt::from_json(&self.tools.claim.prompt))
        else {
            return Ok(Came::Unreachable);
        };
        prompt.parts = vec![words.into()];
        let prompt = prompt.with_message_id(self.tools.claim.turn.message_id.clone());
        let builder = match self.reach().await? {
            Ok(session) => self.set_up(session.prompt(prompt)),
            Err(unreachable) => return Ok(unreachable),
        };
        Ok(match builder.live().await {
            Ok(live) => {
                self.live = Some(live);
                self.post().await
            }
            Err(error) => self.cannot(error),
        })
    }

    async fn settle(&mut self) -> Result<Came> {
        if let Some(followed) = &mut self.followed {
            let (outcome, recorder) = followed.as_mut();
            recorder.finish(&outcome.reply).await?;
            trace::artifacts_dropped(self.tools.claim, &outcome.reply);
        }
        Ok(Came::Done)
    }

    async fn store(&mut self, end: &TurnEnd) -> Result<Finished> {
        self.tools.is_ending.store(true, Ordering::SeqCst);
        let finished = self.tools.runner.store().turns().finish(&self.tools.claim.lease, end).await?;
        let outcome = self.followed.as_ref().map(|followed| &followed.0);
        trace::turn_finished(self.tools.claim, &finished, outcome);
        Ok(finished)
    }

    fn let_go(&mut self) -> Error {
        let unknown = || Error::new(ErrorKind::Upstream, "the turn cannot be carried on now");
        self.trouble.take().unwrap_or_else(unknown).with_turn(self.tools.claim.turn.id)
    }

    fn lost(&self) -> Error {
        Error::new(ErrorKind::LeaseLost, "the turn is somebody else's by now")
            .with_turn(self.tools.claim.turn.id)
    }

    fn set_up(&self, builder: PromptBuilder) -> PromptBuilder {
        let policy = self.broker.relax(self.tools.runner.options().follow);
        let builder = builder.follow_policy(policy).post_within(self.term.post_within());
        builder.cancel_token(self.tools.token.clone()).on_blocker(self.broker.decider())
    }

    /// The session on its server, which is started when it does not run; or what came of that.
    async fn reach(&mut self) -> Result<Result<SessionHandle, Came>> {
        let missing = || Error::new(ErrorKind::Corrupt, "a session that was ensured has no upstream id");
        let id = self.session.upstream_id.clone().ok_or_else(missing)?;
        let pool = self.tools.runner.pool();
        let held = self.server.take().filter(|server| pool.is_of(server, &self.session));
        let server = match held {
            Some(server) => server,
            None => {
                let (server, directory) = (self.session.server.as_deref(), self.session.directory.as_deref());
                match pool.server(server, directory).await {
                    Ok(server) => server,
                    Err(error) => return Ok(Err(self.cannot_use(error))),
                }
            }
        };
        let client = server.client().clone();
        self.server = Some(server);
        Ok(Ok(client.session(id)))
    }

    fn cannot_use(&mut self, error: PoolError) -> Came {
        let message = "no server could be had for the turn";
        self.trouble = Some(Error::new(ErrorKind::Upstream, message).with_source(error));
        Came::Unreachable
    }

    fn cannot(&mut self, error: WireError) -> Came {
        let is_joined = self.tools.claim.turn.joined_to.is_some();
        let (came, trouble) = came_of(error, is_joined);
        self.trouble = trouble;
        came
    }
}
