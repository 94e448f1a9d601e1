//! The state machine that follows a turn.

use std::collections::VecDeque;
use std::time::Duration;

use super::deadline::{DeadlineWatch, Expired};
use super::verdict::{Verdict, judge};
use super::{CancelledBy, Ending, FollowPolicy, Limit, Loss, Outcome};
use crate::event::{Event, EventKind};
use crate::ids::SessionId;
use crate::reply::{ChangeKind, Changes, Reply, Snapshot};

/// What the follower is told.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The event stream is live: `server.connected` was seen, for the first time or again.
    Live,
    /// A stretch of the event stream was not seen: the connection broke, or the listener was too slow.
    Gap,
    /// An event of the stream.
    Event(&'a Event),
    /// The server took the prompt.
    PromptAccepted,
    /// It is not known whether the server took the prompt.
    PromptUnknown,
    /// What [`Action::Fetch`] asked for.
    Fetched(&'a Snapshot),
    /// What [`Action::Fetch`] asked for could not be had.
    FetchFailed,
    /// The server answered to [`Action::Abort`].
    Aborted,
    /// The caller wants the turn to stop.
    Cancel,
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Post the prompt: asked for once, ever.
    Prompt,
    /// Fetch a [`Snapshot`]: first what sessions do, then open requests, children and messages.
    Fetch,
    /// Abort these sessions: the turn's own first.
    Abort(Vec<SessionId>),
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    /// Waiting for a live stream. `true`: the prompt has been posted already, by somebody.
    Subscribing {
        attach: bool,
    },
    Prompting,
    Following,
    Aborting {
        reason: Reason,
        until: Duration,
    },
    Done,
}

/// Why a turn is aborted.
#[derive(Debug, Clone, PartialEq)]
enum Reason {
    Cancel,
    Limit(Limit),
    Unanswered(Box<crate::reply::Blocker>),
}

/// A doubt about the end, and since when.
#[derive(Debug, Clone)]
struct Doubt {
    ending: Option<Ending>,
    since: Duration,
}

/// Follows one turn to its end.
///
/// Instants are durations since an origin of the caller's choice that never go back.
#[derive(Debug)]
pub struct Follower {
    reply: Reply,
    policy: FollowPolicy,
    phase: Phase,
    watch: DeadlineWatch,
    actions: VecDeque<Action>,
    started: Option<Duration>,
    cancelled: bool,
    /// When to ask the server how things are, because there is a reason to.
    ask_at: Option<Duration>,
    /// When to ask although there is none: nothing was heard for a while.
    poll_at: Option<Duration>,
    /// How often it was asked since the last event.
    asked: u32,
    asking: bool,
    doubt: Option<Doubt>,
    /// Whether the server was not heard to take the prompt.
    prompt_unknown: bool,
    /// Whether the server, asked after the prompt was posted, did nothing and did not have it.
    prompt_absent: bool,
    ended: Option<(Ending, Duration)>,
}

/// The first delay between two questions about an end that is in doubt; doubled each time.
const FIRST_DELAY: Duration = Duration::from_millis(100);
const MAX_DELAY: Duration = Duration::from_secs(5);
/// How long after an error to ask whether it was the end: an idle usually follows at once.
const AFTER_ERROR: Duration = Duration::from_millis(250);

impl Follower {
    /// Follows a prompt that is still to be posted.
    #[must_use]
    pub fn new(reply: Reply, policy: FollowPolicy) -> Self {
        Self::in_phase(reply, policy, Phase::Subscribing { attach: false })
    }

    /// Follows a prompt that has been posted before, by whomever. Never asks for [`Action::Prompt`].
    #[must_use]
    pub fn attach(reply: Reply, policy: FollowPolicy) -> Self {
        Self::in_phase(reply, policy, Phase::Subscribing { attach: true })
    }

    fn in_phase(reply: Reply, policy: FollowPolicy, phase: Phase) -> Self {
        let prompt_unknown = phase == Phase::Subscribing { attach: true };
        Self {
            reply,
            policy,
            phase,
            watch: DeadlineWatch::new(policy.deadlines),
            actions: VecDeque::new(),
            started: None,
            cancelled: false,
            ask_at: None,
            poll_at: None,
            asked: 0,
            asking: false,
            doubt: None,
            prompt_unknown,
            prompt_absent: false,
            ended: None,
        }
    }

    /// The reply so far.
    #[must_use]
    pub const fn reply(&self) -> &Reply {
        &self.reply
    }

    /// How the turn ended; `None` while it runs.
    #[must_use]
    pub fn ending(&self) -> Option<&Ending> {
        self.ended.as_ref().map(|(ending, _)| ending)
    }

    /// How the turn ended, with its reply. A turn that still runs is told as [unfollowed](Loss::Unfollowed).
    #[must_use]
    pub fn into_outcome(self) -> Outcome {
        let (ending, elapsed) = self.ended.unwrap_or((Ending::Lost(Loss::Unfollowed), Duration::ZERO));
        Outcome { ending, reply: self.reply, elapsed }
    }

    /// Whether the prompt is out of our hands: posted, or known to be on its way.
    #[must_use]
    pub const fn is_following(&self) -> bool {
        !matches!(self.phase, Phase::Subscribing { .. } | Phase::Prompting)
    }

    /// The next thing to be done.
    pub fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to give the next [`Input::Tick`], if nothing else comes before.
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        let limit = match &self.phase {
            Phase::Done => return None,
            Phase::Aborting { until, .. } => Some(*until),
            _ => self.watch.next().map(|(at, _)| at),
        };
        let ask =
            self.ask_at.into_iter().chain(self.poll_at).min().filter(|_| !self.asking && self.may_ask());
        limit.into_iter().chain(ask).min()
    }

    /// Takes an input and returns what it changed in the reply.
    pub fn handle(&mut self, now: Duration, input: &Input<'_>) -> Changes {
        if self.phase == Phase::Done {
            return Changes::default();
        }
        let mut changes = match input {
            Input::Live => self.live(now),
            Input::Gap => self.gap(),
            Input::Event(event) => self.event(now, event),
            Input::PromptAccepted => self.prompted(now, false),
            Input::PromptUnknown => self.prompted(now, true),
            Input::Fetched(snapshot) => self.fetched(now, snapshot),
            Input::FetchFailed => self.ask_again(now),
            Input::Aborted => {
                // The server says that it has stopped with an idle, which asks at once. This is for when it does not.
                let delay = self.next_delay();
                self.ask_soon(now, delay);
                Changes::default()
            }
            Input::Cancel => self.cancel(now),
            Input::Tick => Changes::default(),
        };
        self.keep_time(now, &mut changes);
        changes
    }

    fn live(&mut self, now: Duration) -> Changes {
        match self.phase {
            Phase::Subscribing { attach: true } => {
                self.start(now);
                self.phase = Phase::Following;
                self.ask_soon(now, Duration::ZERO);
            }
            Phase::Subscribing { attach: false } => {
                self.start(now);
                self.phase = Phase::Prompting;
                self.actions.push_back(Action::Prompt);
            }
            // Again: something may have been missed, whether or not anybody said so.
            Phase::Prompting | Phase::Following | Phase::Aborting { .. } => {
                self.ask_soon(now, Duration::ZERO)
            }
            Phase::Done => {}
        }
        Changes::default()
    }

    fn start(&mut self, now: Duration) {
        self.started.get_or_insert(now);
        self.watch.start(now);
    }

    fn gap(&mut self) -> Changes {
        match self.phase {
            Phase::Subscribing { .. } => Changes::default(),
            _ => self.reply.mark_gap(),
        }
    }

    fn prompted(&mut self, now: Duration, unknown: bool) -> Changes {
        self.prompt_unknown = unknown;
        match self.phase {
            Phase::Prompting if self.cancelled => self.abort(now, Reason::Cancel),
            Phase::Prompting => self.phase = Phase::Following,
            Phase::Aborting { .. } => {
                // A limit passed while the prompt was being posted: the abort has overtaken it.
                self.actions.push_back(self.abort_action());
                return Changes::default();
            }
            Phase::Subscribing { .. } | Phase::Following | Phase::Done => return Changes::default(),
        }
        self.poll_at = Some(now + self.policy.poll_after);
        if unknown {
            // Nobody knows whether it arrived: look for the message.
            self.ask_soon(now, Duration::ZERO);
        }
        Changes::default()
    }

    fn event(&mut self, now: Duration, event: &Event) -> Changes {
        let changes = self.reply.apply(event);
        let is_ours = event.session_id().is_some_and(|id| self.reply.contains_session(id));
        if is_ours {
            self.progressed(now, &changes);
            match &event.kind {
                kind if self.is_idle(kind) => self.ask_soon(now, Duration::ZERO),
                EventKind::SessionDeleted(_) => self.ask_soon(now, Duration::ZERO),
                EventKind::SessionError(_) => self.ask_soon(now, AFTER_ERROR),
                _ => {}
            }
        }
        changes
    }

    fn is_idle(&self, kind: &EventKind) -> bool {
        let root = self.reply.session_id();
        match kind {
            EventKind::SessionIdle(session_id) => session_id == root,
            EventKind::SessionStatus(told) => told.session_id == *root && told.status.is_idle(),
            _ => false,
        }
    }

    fn progressed(&mut self, now: Duration, changes: &Changes) {
        self.watch.progress(now);
        self.poll_at = Some(now + self.policy.poll_after);
        self.asked = 0;
        if self.is_working() {
            self.watch.admit(now);
        }
        if self.reply.is_waiting_in_line() {
            self.watch.readmit(now);
        }
        for change in changes.iter() {
            match &change.kind {
                ChangeKind::StepStarted { .. } => self.watch.admit(now),
                ChangeKind::Text { .. } | ChangeKind::Reasoning { .. } | ChangeKind::Tool { .. } => {
                    self.watch.admit(now);
                    self.watch.speak();
                }
                _ => {}
            }
        }
    }

    /// Whether the server has the prompt and works in its session, on this turn or on one before it.
    fn is_working(&self) -> bool {
        let root = self.reply.sessions().first();
        let status = root.and_then(|root| root.status.as_ref());
        self.reply.is_accepted() && status.is_some_and(|status| !status.is_idle())
    }

    fn fetched(&mut self, now: Duration, snapshot: &Snapshot) -> Changes {
        self.asking = false;
        let mut changes = self.reply.resync(snapshot);
        if !changes.is_empty() {
            self.progressed(now, &changes);
        }
        if matches!(self.phase, Phase::Prompting | Phase::Subscribing { .. }) {
            return changes;
        }
        match judge(&self.reply, snapshot) {
            Verdict::Running => {
                self.doubt = None;
                self.prompt_absent = false;
                self.poll_at = Some(now + self.policy.poll_after);
                if self.reply.is_accepted() {
                    self.watch.admit(now);
                }
                if self.is_aborting() {
                    // An abort that overtakes the beginning of a turn stops nothing: say it again.
                    self.actions.push_back(self.abort_action());
                }
            }
            Verdict::Ended(ending) => self.finish(now, ending, Some(snapshot), &mut changes),
            Verdict::Unsure { ending, patience } => {
                let since = match &self.doubt {
                    Some(doubt) if doubt.ending == ending => doubt.since,
                    _ => now,
                };
                let root = self.reply.session_id();
                self.prompt_absent = !self.reply.is_accepted()
                    && snapshot.exchanges.iter().any(|exchange| exchange.session_id == *root);
                let waited = now.saturating_sub(since);
                let stopped = Ending::Cancelled { by: CancelledBy::Caller, confirmed: true };
                match ending.clone().or_else(|| self.is_aborting().then_some(stopped)) {
                    Some(ending) if waited >= patience => {
                        self.finish(now, ending, Some(snapshot), &mut changes);
                    }
                    likely => {
                        self.doubt = Some(Doubt { ending, since });
                        let delay = self.next_delay();
                        // The last question comes when patience ends, and not a whole delay after it.
                        let left = patience.saturating_sub(waited);
                        self.ask_soon(now, if likely.is_some() { delay.min(left) } else { delay });
                    }
                }
            }
        }
        changes
    }

    /// Whether an answer would be of use: before the prompt is posted there is nothing to ask about.
    const fn may_ask(&self) -> bool {
        matches!(self.phase, Phase::Following | Phase::Aborting { .. })
    }

    const fn is_aborting(&self) -> bool {
        matches!(self.phase, Phase::Aborting { .. })
    }

    fn next_delay(&mut self) -> Duration {
        let delay = FIRST_DELAY.saturating_mul(1 << self.asked.min(6)).min(MAX_DELAY);
        self.asked = self.asked.saturating_add(1);
        delay
    }

    fn ask_soon(&mut self, now: Duration, delay: Duration) {
        let at = now + delay;
        self.ask_at = Some(self.ask_at.map_or(at, |planned| planned.min(at)));
    }

    fn ask_again(&mut self, now: Duration) -> Changes {
        self.asking = false;
        let delay = self.next_delay();
        self.ask_soon(now, delay);
        Changes::default()
    }

    fn cancel(&mut self, now: Duration) -> Changes {
        self.cancelled = true;
        let mut changes = Changes::default();
        match &self.phase {
            Phase::Subscribing { attach: false } => {
                // Nothing was posted: there is nothing to stop.
                let ending = Ending::Cancelled { by: CancelledBy::Caller, confirmed: true };
                self.finish(now, ending, None, &mut changes);
            }
            Phase::Subscribing { attach: true } | Phase::Following => self.abort(now, Reason::Cancel),
            // The end of the post is awaited: an abort that overtakes it would stop nothing.
            Phase::Prompting | Phase::Aborting { .. } | Phase::Done => {}
        }
        changes
    }

    fn abort(&mut self, now: Duration, reason: Reason) {
        self.actions.push_back(self.abort_action());
        self.phase = Phase::Aborting { reason, until: now + self.policy.abort_wait };
        self.doubt = None;
        self.asked = 0;
    }

    /// Looks at the clock: limits, and questions that are due.
    fn keep_time(&mut self, now: Duration, changes: &mut Changes) {
        self.watch.set_blocked(self.reply.is_blocked(), now);
        match self.phase.clone() {
            Phase::Done => return,
            Phase::Aborting { until, .. } if until <= now => {
                let ending = Ending::Cancelled { by: CancelledBy::Caller, confirmed: false };
                self.finish(now, ending, None, changes);
                return;
            }
            Phase::Aborting { .. } => {}
            _ => match self.watch.expired(now) {
                Some(Expired::Limit(Limit::Admission))
                    if self.prompt_unknown && !self.reply.is_accepted() =>
                {
                    // Only the server's own word proves it: a prompt that is posted again may run twice. And what is
                    // not known to be there is not aborted: that would stop somebody else.
                    let loss = if self.prompt_absent { Loss::NotStored } else { Loss::Unfollowed };
                    self.finish(now, Ending::Lost(loss), None, changes);
                    return;
                }
                Some(Expired::Limit(limit)) => self.abort(now, Reason::Limit(limit)),
                Some(Expired::Human) => {
                    let oldest = self.reply.blockers().next().cloned();
                    if let Some(blocker) = oldest {
                        self.abort(now, Reason::Unanswered(Box::new(blocker)));
                    }
                }
                None => {}
            },
        }
        let is_due = self.ask_at.into_iter().chain(self.poll_at).any(|at| at <= now);
        if self.may_ask() && !self.asking && is_due {
            self.asking = true;
            self.ask_at = None;
            self.poll_at = Some(now + self.policy.poll_after);
            self.actions.push_back(Action::Fetch);
        }
    }

    fn finish(&mut self, now: Duration, ending: Ending, snapshot: Option<&Snapshot>, changes: &mut Changes) {
        for exchange in snapshot.iter().flat_map(|snapshot| &snapshot.exchanges) {
            changes.extend(self.reply.settle(exchange));
        }
        changes.extend(self.reply.close_blockers());
        let confirmed = !matches!(ending, Ending::Cancelled { confirmed: false, .. });
        let ending = match std::mem::replace(&mut self.phase, Phase::Done) {
            // Whatever was found when it stopped: it stopped because of this.
            Phase::Aborting { reason, .. } => match (reason, ending) {
                (_, ending @ Ending::Lost(Loss::SessionGone)) => ending,
                (Reason::Cancel, _) => Ending::Cancelled { by: CancelledBy::Caller, confirmed },
                (Reason::Limit(limit), _) => Ending::Limit { limit, confirmed },
                (Reason::Unanswered(blocker), _) => Ending::Unanswered { blocker, confirmed },
            },
            _ => ending,
        };
        if ending == Ending::Lost(Loss::SessionGone) {
            // A session that is deleted while it works goes on for ever, unless it is aborted.
            self.actions.push_back(self.abort_action());
        }
        self.ended = Some((ending, now.saturating_sub(self.started.unwrap_or(now))));
    }

    /// An abort of every session of the turn.
    fn abort_action(&self) -> Action {
        Action::Abort(self.reply.sessions().iter().map(|session| session.id.clone()).collect())
    }
}
