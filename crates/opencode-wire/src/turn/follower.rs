//! The state machine that follows a turn.

use std::collections::VecDeque;
use std::time::Duration;

use super::deadline::{DeadlineWatch, Expired};
use super::inquiry::Inquiry;
use super::stopping::Reason;
use super::verdict::{Verdict, judge};
use super::{Action, CancelledBy, Ending, FollowPolicy, Input, Limit, Loss, Outcome};
use crate::event::{Event, EventKind};
use crate::reply::{ChangeKind, Changes, Reply, Snapshot};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Phase {
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

/// A doubt about the end, and since when.
#[derive(Debug, Clone)]
pub(super) struct Doubt {
    ending: Option<Ending>,
    since: Duration,
}

/// Follows one turn to its end.
///
/// Instants are durations since an origin of the caller's choice that never go back.
#[derive(Debug)]
pub struct Follower {
    pub(super) reply: Reply,
    pub(super) policy: FollowPolicy,
    pub(super) phase: Phase,
    watch: DeadlineWatch,
    pub(super) actions: VecDeque<Action>,
    pub(super) started: Option<Duration>,
    pub(super) cancelled: bool,
    pub(super) inquiry: Inquiry,
    pub(super) doubt: Option<Doubt>,
    /// Whether the server was not heard to take the prompt, or may have forgotten it since.
    prompt_unknown: bool,
    /// Whether the server, asked after the prompt was posted, did nothing and did not have it.
    prompt_absent: bool,
    pub(super) ended: Option<(Ending, Duration)>,
    /// How many aborts were asked for and not carried out yet.
    pub(super) aborts: usize,
    /// Until when the last one is waited for.
    pub(super) over_at: Duration,
    /// Whether the server has told what it has stored of a prompt that somebody else may have posted.
    caught_up: bool,
}

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
            inquiry: Inquiry::new(policy.poll_after),
            doubt: None,
            prompt_unknown,
            prompt_absent: false,
            ended: None,
            aborts: 0,
            over_at: Duration::ZERO,
            caught_up: !prompt_unknown,
        }
    }

    /// The reply so far.
    #[must_use]
    pub const fn reply(&self) -> &Reply {
        &self.reply
    }

    /// Whether the reply has what the server had stored when it was [attached](Self::attach) to. Always so for a prompt
    /// that was still to be posted.
    #[must_use]
    pub const fn has_caught_up(&self) -> bool {
        self.caught_up
    }

    /// How the turn ended; `None` while it runs.
    #[must_use]
    pub fn ending(&self) -> Option<&Ending> {
        self.ended.as_ref().map(|(ending, _)| ending)
    }

    /// Whether the turn has ended, and nothing of it is under way any more: an abort that arrives later would stop the
    /// next turn of the session. It is waited for as long as for its confirmation.
    #[must_use]
    pub fn is_over(&self, now: Duration) -> bool {
        self.ended.is_some() && (self.aborts == 0 || self.over_at <= now)
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
            Phase::Done => return (self.aborts > 0).then_some(self.over_at),
            Phase::Aborting { until, .. } => Some(*until),
            _ => self.watch.next().map(|(at, _)| at),
        };
        limit.into_iter().chain(self.inquiry.next().filter(|_| self.may_ask())).min()
    }

    /// Takes an input and returns what it changed in the reply.
    pub fn handle(&mut self, now: Duration, input: &Input<'_>) -> Changes {
        if matches!(input, Input::Aborted) {
            self.aborts = self.aborts.saturating_sub(1);
        }
        if self.phase == Phase::Done {
            if self.over_at <= now {
                self.aborts = 0;
            }
            return Changes::default();
        }
        let mut changes = match input {
            Input::Live => self.live(now),
            Input::Gap => self.gap(),
            Input::Event(event) => self.event(now, event),
            Input::PromptAccepted => self.prompted(now, false),
            Input::PromptUnknown => self.prompted(now, true),
            Input::Fetched(snapshot) => self.fetched(now, snapshot),
            Input::FetchFailed => {
                self.inquiry.end();
                self.inquiry.again(now, None);
                Changes::default()
            }
            Input::Aborted => {
                // The server says that it has stopped with an idle, which asks at once. This is for when it does not.
                self.inquiry.again(now, None);
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
                self.inquiry.soon(now, Duration::ZERO);
            }
            Phase::Subscribing { attach: false } => {
                self.start(now);
                self.phase = Phase::Prompting;
                self.actions.push_back(Action::Prompt);
            }
            // Again: something may have been missed, whether or not anybody said so.
            Phase::Prompting | Phase::Following | Phase::Aborting { .. } => {
                // A server says that it takes a prompt before it stores it, and may have died in between.
                self.prompt_unknown |= !self.reply.is_accepted() && self.reply.failure().is_none();
                self.inquiry.soon(now, Duration::ZERO);
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
                self.stop(now);
                return Changes::default();
            }
            Phase::Subscribing { .. } | Phase::Following | Phase::Done => return Changes::default(),
        }
        self.inquiry.rest(now);
        if unknown {
            // Nobody knows whether it arrived: look for the message.
            self.inquiry.soon(now, Duration::ZERO);
        }
        Changes::default()
    }

    fn event(&mut self, now: Duration, event: &Event) -> Changes {
        let changes = self.reply.apply(event);
        let is_ours = event.session_id().is_some_and(|id| self.reply.contains_session(id));
        if is_ours {
            self.progressed(now, &changes);
            match &event.kind {
                kind if self.is_idle(kind) => self.inquiry.soon(now, Duration::ZERO),
                EventKind::SessionDeleted(_) => self.inquiry.soon(now, Duration::ZERO),
                EventKind::SessionError(_) => self.inquiry.soon(now, AFTER_ERROR),
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
        self.inquiry.heard(now);
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

    /// Whether the server is known to have had the prompt.
    fn has_arrived(&self) -> bool {
        self.reply.is_accepted() || !self.prompt_unknown
    }

    /// Whether the server has the prompt and works in its session, on this turn or on one before it.
    fn is_working(&self) -> bool {
        let root = self.reply.sessions().first();
        let status = root.and_then(|root| root.status.as_ref());
        self.reply.is_accepted() && status.is_some_and(|status| !status.is_idle())
    }

    fn fetched(&mut self, now: Duration, snapshot: &Snapshot) -> Changes {
        self.inquiry.end();
        let mut changes = self.reply.resync(snapshot);
        self.caught_up = true;
        if !changes.is_empty() {
            self.progressed(now, &changes);
        }
        if matches!(self.phase, Phase::Prompting | Phase::Subscribing { .. }) {
            return changes;
        }
        match judge(&self.reply, self.has_arrived(), snapshot) {
            Verdict::Running => {
                self.doubt = None;
                self.prompt_absent = false;
                self.inquiry.rest(now);
                if self.reply.is_accepted() {
                    self.watch.admit(now);
                }
                if self.is_aborting() {
                    // An abort that overtakes the beginning of a turn stops nothing: say it again.
                    self.stop(now);
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
                if ending.is_none() && !self.is_aborting() {
                    // Nothing explains why it does not begin: it may have forgotten the prompt.
                    self.watch.await_admission(since);
                }
                let waited = now.saturating_sub(since);
                let stopped = Ending::Cancelled { by: CancelledBy::Caller, confirmed: true };
                match ending.clone().or_else(|| self.is_aborting().then_some(stopped)) {
                    Some(ending) if waited >= patience => {
                        self.finish(now, ending, Some(snapshot), &mut changes);
                    }
                    likely => {
                        self.doubt = Some(Doubt { ending, since });
                        // The last question comes when patience ends, and not a whole delay after it.
                        let left = likely.map(|_| patience.saturating_sub(waited));
                        self.inquiry.again(now, left);
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

    /// Looks at the clock: limits, and questions that are due.
    fn keep_time(&mut self, now: Duration, changes: &mut Changes) {
        self.watch.set_blocked(self.reply.is_blocked(), now);
        match &self.phase {
            Phase::Done => return,
            Phase::Aborting { until, .. } if *until <= now => {
                let ending = Ending::Cancelled { by: CancelledBy::Caller, confirmed: false };
                self.finish(now, ending, None, changes);
                return;
            }
            Phase::Aborting { .. } => {}
            _ => match self.watch.expired(now) {
                Some(Expired::Limit(Limit::Admission)) if !self.has_arrived() => {
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
        if self.may_ask() && self.inquiry.begin(now) {
            self.actions.push_back(Action::Fetch);
        }
    }
}
