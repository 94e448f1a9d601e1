//! Carries out the steps of a turn's course, as `turn::carrier` does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opencode_store::session::SessionRecord;
use opencode_store::turn::{Claim, Finished, Renewal, TurnEnd, TurnState, TurnStore as _};
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::drive::{CancellationToken, Decision};
use opencode_wire::turn::Outcome;
use tokio::sync::watch;

use super::super::super::course::{Came, Course, Step};
use super::super::super::ending;
use super::super::super::recorder::Recorder;
use super::super::network::Trouble;
use super::super::plan::LEASE;
use super::super::world::Group;
use super::super::{Sim, checks};
use super::runner::Steering;
use super::wire::{self, Turn};
use super::{following, sessions};

/// What a carrier needs.
pub(super) struct Tools<'a> {
    pub(super) sim: &'a Sim,
    pub(super) group: Group,
    pub(super) claim: &'a Claim,
    pub(super) token: &'a CancellationToken,
    pub(super) orders: watch::Receiver<Duration>,
    pub(super) steering: &'a mut Steering,
    pub(super) is_ending: &'a AtomicBool,
}

pub(super) struct Carrier<'a> {
    pub(super) tools: Tools<'a>,
    session: SessionRecord,
    held_until: Duration,
    /// Whether the prompt was sent from here, and the server is not known to have it.
    pub(super) is_under_way: bool,
    live: Option<Box<Turn>>,
    turn: Option<Box<Turn>>,
    followed: Option<(Outcome, Recorder)>,
}

impl<'a> Carrier<'a> {
    pub(super) fn new(tools: Tools<'a>) -> Self {
        let session = tools.claim.session.clone();
        Self {
            tools,
            session,
            held_until: Duration::ZERO,
            is_under_way: false,
            live: None,
            turn: None,
            followed: None,
        }
    }

    /// Carries the turn to its end, or as far as it can be carried now.
    pub(super) async fn carry(&mut self) -> Result<Finished> {
        let claim = self.tools.claim;
        if claim.turn.stop.is_some() {
            self.tools.token.cancel();
        }
        let state = claim.turn.state;
        let is_joined = claim.turn.joined_to.is_some();
        let mut course = if is_joined { Course::joined(state) } else { Course::claimed(state) };
        loop {
            let step = course.next(self.tools.token.is_cancelled());
            self.tools.sim.world.tell(|| format!("{} turn {}: {step:?}", claim.lease.owner, claim.turn.id));
            match step {
                Step::Store(end) => {
                    self.tools.is_ending.store(true, Ordering::SeqCst);
                    let sim = self.tools.sim;
                    return sim.store.call("finish", checks::finish(sim, &claim.lease, &end)).await;
                }
                Step::LetGo => return Err(Error::new(ErrorKind::Upstream, "it cannot be carried on now")),
                step => {
                    let came = self.take(&step, &course).await?;
                    self.tools
                        .sim
                        .world
                        .tell(|| format!("{} turn {}: {came:?}", claim.lease.owner, claim.turn.id));
                    course.took(came);
                }
            }
        }
    }

    async fn take(&mut self, step: &Step, course: &Course) -> Result<Came> {
        let (sim, claim) = (self.tools.sim, self.tools.claim);
        match step {
            Step::Ask => Ok(self.ask().await),
            Step::Ensure => Box::pin(self.ensure(None)).await,
            Step::Replace => Box::pin(self.ensure(Some(self.session.generation))).await,
            Step::Subscribe => Ok(match Box::pin(Turn::live(self.set_up()?, false)).await {
                Ok(live) => {
                    self.live = Some(live);
                    Came::Done
                }
                Err(trouble) => cannot(trouble),
            }),
            Step::Note => {
                if self.time_left() < LEASE * 3 / 5 {
                    let (asked, lease) = (sim.world.now(), std::slice::from_ref(&claim.lease));
                    match sim.store.call("renew", sim.store.memory.renew(lease, LEASE)).await?.as_slice() {
                        [Renewal::Renewed { .. }] => self.held_until = asked + LEASE,
                        _ => {
                            return Err(Error::new(
                                ErrorKind::LeaseLost,
                                "the turn is somebody else's by now",
                            ));
                        }
                    }
                }
                let noted = sim.store.memory.advance(&claim.lease, TurnState::Prompting);
                if sim.store.call("note", noted).await?.stop.is_some() {
                    self.tools.token.cancel();
                }
                Ok(Came::Done)
            }
            Step::Post if self.time_left() < LEASE / 2 => Ok(Came::Unreachable),
            Step::Post => Ok(match self.live.take() {
                None => Came::Unreachable,
                Some(live) => {
                    self.is_under_way = true;
                    let came = Box::pin(self.begin(live)).await;
                    self.is_under_way = came == Came::Done;
                    came
                }
            }),
            Step::Attach if self.session.upstream_id.is_none() => Ok(Came::NoSession),
            Step::Attach => Ok(match Box::pin(Turn::live(self.set_up()?, true)).await {
                Ok(live) => Box::pin(self.begin(live)).await,
                Err(trouble) => cannot(trouble),
            }),
            Step::Follow => {
                let Some(turn) = self.turn.take() else { return Ok(Came::Unreachable) };
                let (outcome, recorder) = Box::pin(following::follow(self, turn)).await?;
                sim.world.tell(|| format!("turn {}: {}", claim.turn.id, outcome.ending));
                let end = ending::of(&outcome, course.posts(), None);
                self.followed = Some((outcome, recorder));
                Ok(Came::Over { end: end.map(Box::<TurnEnd>::new) })
            }
            Step::Settle => {
                if let Some((outcome, recorder)) = &mut self.followed {
                    recorder.finish(&outcome.reply).await?;
                }
                Ok(Came::Done)
            }
            // No answer is gone on with here: that is a choice of the host.
            Step::GoOn | Step::Store(_) | Step::LetGo => Ok(Came::Done),
        }
    }

    fn time_left(&self) -> Duration {
        let held_until = self.held_until.max(*self.tools.orders.borrow());
        held_until.saturating_sub(self.tools.sim.world.now())
    }

    async fn begin(&mut self, live: Box<Turn>) -> Came {
        match live.start().await {
            Ok(turn) => {
                self.turn = Some(turn);
                Came::Done
            }
            Err(trouble) => cannot(trouble),
        }
    }

    async fn ask(&mut self) -> Came {
        let Some(id) = self.session.upstream_id.clone() else { return Came::NoSession };
        let (sim, message) = (self.tools.sim, self.tools.claim.turn.message_id.clone());
        let (session, wanted) = (id.clone(), message);
        let found = sim.request("message", move |_, server| server.message(&session, &wanted));
        match found.await {
            Ok(_) => return Came::Done,
            Err(Trouble::NotFound) => {}
            Err(trouble) => return cannot(trouble),
        }
        match sim.request("session", move |_, server| server.session(&id).map(drop)).await {
            Ok(()) => Came::Absent,
            Err(trouble) => cannot(trouble),
        }
    }

    async fn ensure(&mut self, gone: Option<u64>) -> Result<Came> {
        match sessions::ensure(self.tools.sim, &self.tools.claim.session.subject, gone).await {
            Ok(session) => {
                self.session = session;
                Ok(Came::Done)
            }
            Err(error) if error.kind() == ErrorKind::Upstream => Ok(Came::Unreachable),
            Err(error) => Err(error),
        }
    }

    fn set_up(&self) -> Result<wire::Tools> {
        let missing = || Error::new(ErrorKind::Corrupt, "a session that was ensured has no upstream id");
        let sim = self.tools.sim.clone();
        Ok(wire::Tools {
            group: self.tools.group,
            session: self.session.upstream_id.clone().ok_or_else(missing)?,
            message: self.tools.claim.turn.message_id.clone(),
            lease: self.tools.claim.lease.clone(),
            policy: super::super::policy(),
            token: self.tools.token.clone(),
            // Somebody says yes, sooner or later.
            decider: {
                let sim = sim.clone();
                Box::new(move |_| {
                    let sim = sim.clone();
                    Box::pin(async move {
                        sim.world.sleep(sim.world.millis(1..=5_000)).await;
                        Decision::AllowOnce
                    })
                })
            },
            sim,
        })
    }
}

/// What trouble means to the course.
fn cannot(trouble: Trouble) -> Came {
    match trouble {
        Trouble::NotFound => Came::NoSession,
        Trouble::Refused | Trouble::Unknown => Came::Unreachable,
    }
}
