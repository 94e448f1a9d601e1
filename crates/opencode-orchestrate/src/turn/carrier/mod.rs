//! Carries out the steps of a turn's course.

mod answer;
mod files;
mod prompting;
mod session;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant as StdInstant;

use opencode_store::session::{SessionConfig, SessionRecord};
use opencode_store::turn::{Claim, Finished, TurnEnd};
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::Error as WireError;
use opencode_wire::drive::{CancellationToken, LivePrompt, Turn};
use tokio::sync::watch;
use tokio::time::Instant;

use self::files::FilesOf;
use super::TurnRunner;
use super::course::{Came, Course, Step};
use super::recorder::Recorder;
use super::steering::Steering;
use super::term::Term;
use super::trouble::came_of;
use crate::blocker::Broker;
use crate::hooks::HookLine;
use crate::pool::ServerLease;
use crate::trace;

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

    async fn settle(&mut self) -> Result<Came> {
        if let Some(followed) = &mut self.followed {
            let (outcome, recorder) = followed.as_mut();
            recorder.finish(&outcome.reply).await?;
            trace::artifacts_dropped(self.tools.claim, &outcome.reply);
        }
        if let Some(followed) = &self.followed {
            let files = FilesOf {
                runner: self.tools.runner,
                claim: self.tools.claim,
                directory: self.session.directory.clone(),
                reply: &followed.0.reply,
                hooks: self.tools.hooks.as_ref(),
                began: self.began,
            };
            files.collect().await;
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

    fn cannot(&mut self, error: WireError) -> Came {
        let is_joined = self.tools.claim.turn.joined_to.is_some();
        let (came, trouble) = came_of(error, is_joined);
        self.trouble = trouble;
        came
    }
}
