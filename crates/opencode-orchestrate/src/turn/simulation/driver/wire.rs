//! What a turn does on the wire, as `opencode_wire::drive` does it: it carries out what its follower asks for, and tells
//! it what came of it.

use std::collections::{HashSet, VecDeque};
use std::future::pending;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use opencode_store::turn::{Lease, TurnStore as _};
use opencode_wire::drive::{CancellationToken, Decision};
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::reply::{Blocker, BlockerId, Change, ChangeKind, Reply, Snapshot};
use opencode_wire::turn::{Action, FollowPolicy, Follower, Input, Outcome};
use tokio::sync::oneshot;

use super::super::Sim;
use super::super::network::{Notice, Stream, Trouble};
use super::super::plan::{LEASE, LatePrompts};
use super::super::world::Group;
use super::fetching::{Fetch, fetch};

/// How long to wait for a live event stream before a prompt is given up.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How often a prompt or an answer is tried before it is given up.
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(200);

enum Done {
    Prompted(Result<(), Trouble>),
    Fetched(Option<Box<Snapshot>>),
    Aborted,
    Answered,
}

/// Who decides what is asked.
pub(super) type Decider = Box<dyn Fn(Blocker) -> BoxFuture<'static, Decision> + Send + Sync>;

/// What a turn needs.
pub(super) struct Tools {
    pub(super) sim: Sim,
    /// The process that it runs in.
    pub(super) group: Group,
    pub(super) session: SessionId,
    pub(super) message: MessageId,
    pub(super) lease: Lease,
    pub(super) policy: FollowPolicy,
    pub(super) token: CancellationToken,
    pub(super) decider: Decider,
}

/// A turn that is being followed, or is about to be.
pub(super) struct Turn {
    tools: Tools,
    follower: Follower,
    stream: Stream,
    pending: VecDeque<Change>,
    tasks: FuturesUnordered<BoxFuture<'static, Done>>,
    origin: Duration,
    has_prompt: bool,
    decided: HashSet<BlockerId>,
    deciding: FuturesUnordered<BoxFuture<'static, (Blocker, Decision)>>,
    is_cancelled: bool,
    refused: Option<Trouble>,
    is_finished: bool,
}

impl Turn {
    /// Waits until the server's events are heard, and posts nothing yet.
    pub(super) async fn live(tools: Tools, attaches: bool) -> Result<Box<Self>, Trouble> {
        let (sim, id) = (tools.sim.clone(), tools.session.clone());
        sim.request("session", move |_, server| server.session(&id).map(drop)).await?;
        let mut stream = Stream::open(&sim, tools.session.clone());
        tokio::select! {
            biased;
            () = tools.token.cancelled() => {}
            () = async { while !matches!(stream.next().await, Notice::Live) {} } => {}
            () = sim.world.sleep(READY_WITHIN) => return Err(Trouble::Unknown),
        }
        let reply = Reply::new(tools.session.clone(), tools.message.clone());
        let follower =
            if attaches { Follower::attach(reply, tools.policy) } else { Follower::new(reply, tools.policy) };
        Ok(Box::new(Self {
            origin: sim.world.now(),
            tools,
            follower,
            stream,
            pending: VecDeque::new(),
            tasks: FuturesUnordered::new(),
            has_prompt: !attaches,
            decided: HashSet::new(),
            deciding: FuturesUnordered::new(),
            is_cancelled: false,
            refused: None,
            is_finished: false,
        }))
    }

    /// Begins on a live stream, and waits until the prompt is accepted, refused, or known to be on its way.
    pub(super) async fn start(mut self: Box<Self>) -> Result<Box<Self>, Trouble> {
        if self.tools.token.is_cancelled() {
            self.is_cancelled = true;
            self.tell(&Input::Cancel);
        }
        self.tell(&Input::Live);
        while !self.follower.is_following() && self.refused.is_none() {
            self.step().await;
        }
        self.refused.take().map_or(Ok(self), Err)
    }

    pub(super) fn has_caught_up(&self) -> bool {
        self.follower.has_caught_up()
    }

    pub(super) const fn reply(&self) -> &Reply {
        self.follower.reply()
    }

    pub(super) async fn next(&mut self) -> Option<Change> {
        loop {
            if let Some(change) = self.pending.pop_front() {
                return Some(change);
            }
            if self.is_finished {
                return None;
            }
            self.step().await;
        }
    }

    pub(super) fn into_outcome(self) -> Outcome {
        self.follower.into_outcome()
    }

    /// Does one thing: the first that can be done.
    async fn step(&mut self) {
        self.carry_out();
        let now = self.tools.sim.world.now();
        let has_ended = self.follower.ending().is_some();
        if self.follower.is_over(now - self.origin) {
            self.tasks.clear();
            self.is_finished = true;
            return;
        }
        let wake_at = self.follower.wake_at().map(|at| self.origin + at);
        let world = self.tools.sim.world.clone();
        let wake = async {
            match wake_at {
                Some(at) => world.sleep_until(at).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.tools.token.cancelled(), if !self.is_cancelled => {
                self.is_cancelled = true;
                self.tell(&Input::Cancel);
            }
            Some(done) = self.tasks.next() => self.take(done),
            Some((blocker, decision)) = self.deciding.next(), if !has_ended => {
                self.answer_with(&blocker, &decision);
            }
            notice = self.stream.next(), if !has_ended => match notice {
                Notice::Live => self.tell(&Input::Live),
                Notice::Gap => self.tell(&Input::Gap),
                Notice::Event(event) => self.tell(&Input::Event(&event)),
            },
            () = wake => self.tell(&Input::Tick),
        }
    }

    /// Starts what the follower asks for.
    fn carry_out(&mut self) {
        let sim = self.tools.sim.clone();
        while let Some(action) = self.follower.next_action() {
            match action {
                Action::Prompt => self.post(),
                Action::Fetch => {
                    let request = Fetch::of(self.follower.reply());
                    let sim = sim.clone();
                    self.tasks.push(Box::pin(async move {
                        Done::Fetched(fetch(sim, request).await.ok().map(Box::new))
                    }));
                }
                Action::Abort(sessions) => {
                    let (sim, by) = (sim.clone(), self.tools.lease.turn);
                    self.tasks.push(Box::pin(async move {
                        for session in sessions {
                            let abort = sim.request("abort", move |sim, server| {
                                server.abort(sim, &session, by);
                                Ok(())
                            });
                            let _best_effort = abort.await;
                        }
                        Done::Aborted
                    }));
                }
                other => unreachable!("the follower asks for something new: {other:?}"),
            }
        }
        self.decide();
    }

    /// Posts the prompt: once, ever. In a task of its own, so that dropping the turn cannot cut the request in two.
    fn post(&mut self) {
        if !std::mem::take(&mut self.has_prompt) {
            return;
        }
        let (sim, lease) = (self.tools.sim.clone(), self.tools.lease.clone());
        if !self.stream.was_live {
            sim.world.violate(format!("G02: turn {} is prompted, and nobody listens", lease.turn));
        }
        sim.world.tell(|| format!("{}: posts the prompt of turn {}", lease.owner, lease.turn));
        let (session, message) = (self.tools.session.clone(), self.tools.message.clone());
        let (answer, heard) = oneshot::channel();
        sim.world.clone().spawn(self.tools.group, async move {
            let _nobody_listens = answer.send(post(&sim, &session, &message, &lease).await);
        });
        self.tasks.push(Box::pin(async { Done::Prompted(heard.await.unwrap_or(Err(Trouble::Unknown))) }));
    }

    /// Asks the decider about requests that are new.
    fn decide(&mut self) {
        let blockers = self.follower.reply().blockers();
        let new = blockers.filter(|blocker| !self.decided.contains(&blocker.id())).cloned();
        for blocker in new.collect::<Vec<_>>() {
            self.decided.insert(blocker.id());
            let decision = (self.tools.decider)(blocker.clone());
            self.deciding.push(Box::pin(async move { (blocker, decision.await) }));
        }
    }

    fn answer_with(&mut self, blocker: &Blocker, decision: &Decision) {
        let reply = match decision {
            Decision::AllowOnce => "once",
            Decision::Leave => return,
            _ => "reject",
        };
        let (sim, session, id) =
            (self.tools.sim.clone(), blocker.session_id().clone(), blocker.id().to_string());
        self.tasks.push(Box::pin(async move {
            let mut wait = FIRST_WAIT;
            for _ in 0..TRIES {
                let (session, id) = (session.clone(), id.clone());
                let ask = sim.request("reply", move |sim, server| server.reply(sim, &session, &id, reply));
                if matches!(ask.await, Ok(()) | Err(Trouble::NotFound)) {
                    break;
                }
                sim.world.sleep(wait).await;
                wait *= 2;
            }
            Done::Answered
        }));
    }

    fn take(&mut self, done: Done) {
        match done {
            Done::Prompted(Ok(())) => self.tell(&Input::PromptAccepted),
            Done::Prompted(Err(Trouble::Unknown)) => self.tell(&Input::PromptUnknown),
            Done::Prompted(Err(trouble)) => {
                self.refused = Some(trouble);
                self.is_finished = true;
            }
            Done::Fetched(Some(snapshot)) => self.tell(&Input::Fetched(&snapshot)),
            Done::Fetched(None) => self.tell(&Input::FetchFailed),
            Done::Aborted => self.tell(&Input::Aborted),
            Done::Answered => self.tell(&Input::Tick),
        }
    }

    fn tell(&mut self, input: &Input<'_>) {
        let now = self.tools.sim.world.now() - self.origin;
        self.tools.sim.world.tell(|| {
            let lease = &self.tools.lease;
            let text = format!("{input:?}");
            format!(
                "{} turn {}: hears {}",
                lease.owner,
                lease.turn,
                text.chars().take(160).collect::<String>()
            )
        });
        for change in self.follower.handle(now, input) {
            if let ChangeKind::Unblocked { id, .. } = &change.kind {
                self.tools.sim.world.tell(|| format!("{id} is not asked any more"));
            }
            self.pending.push_back(change);
        }
    }
}

/// Posts a prompt. What provably never left is no post.
async fn post(sim: &Sim, session: &SessionId, message: &MessageId, lease: &Lease) -> Result<(), Trouble> {
    let (mut wait, over) = (FIRST_WAIT, sim.world.now() + LEASE / 4);
    for try_number in 1..=TRIES {
        if sim.world.now() >= over {
            return Err(Trouble::Unknown);
        }
        let (session, message, lease) = (session.clone(), message.clone(), lease.clone());
        let ask = sim.request("prompt", move |sim, server| {
            if sim.plan.mercy.late_prompts == LatePrompts::Never && is_late(sim, &lease) {
                sim.world.tell(|| format!("network: the prompt of turn {} is late and lost", lease.turn));
                return Err(Trouble::Unknown);
            }
            server.post(sim, &session, &message)
        });
        match ask.await {
            Err(Trouble::Refused) if try_number < TRIES => sim.world.sleep(wait).await,
            result => return result,
        }
        wait *= 2;
    }
    Err(Trouble::Refused)
}

/// Whether somebody else has claimed the turn since, or it has ended.
fn is_late(sim: &Sim, lease: &Lease) -> bool {
    use futures_util::FutureExt as _;
    let turn = sim.store.memory.turn(lease.turn).now_or_never().and_then(Result::ok).flatten();
    turn.and_then(|turn| turn.lease()).as_ref() != Some(lease)
}
