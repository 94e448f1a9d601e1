//! What a supervisor does with its server, one thing after the other: every decision, and no IO.
//!
//! ```text
//! idle ──want──▶ starting ──started──▶ running ──exited──▶ idle, or starting if somebody uses it
//!   ▲               │ failed             │ silent, recycled, stopped
//!   └── pause ◀─────┘                    ▼
//!                          ending ──TERM, then KILL──▶ idle, starting or stopped
//! ```
//!
//! Instants are durations since an origin that never goes back.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use super::verdict::{Standing, Verdict, Why, judge};
use super::{Health, ServerState};

/// What a course is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// Somebody needs the server.
    Want,
    /// So many use it at the moment.
    Holds(usize),
    /// It answers, and may be used.
    Started,
    /// It could not be started.
    StartFailed,
    /// Its process has ended.
    Exited,
    /// It was probed.
    Probed(Probe),
    /// It is to be replaced as soon as nobody uses it.
    Recycle,
    /// It is to end, and is not to be started any more.
    Stop,
    /// Time has passed.
    Tick,
}

/// What came of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// It has answered. How much memory its processes take, in bytes, where that can be told.
    Answered { memory: Option<u64> },
    /// It has not, in time. Whether its processes have worked since the last probe.
    Silent { has_worked: bool },
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Start a server, and tell what came of it.
    Start,
    /// Probe it, and tell what came of it.
    Probe,
    /// Ask its processes to end.
    Terminate,
    /// Make them.
    Kill,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    Starting,
    Running(Running),
    /// It was asked to end, and is made to at that time.
    Ending {
        kill_at: Option<Duration>,
        then: Then,
    },
    /// It could not be started, and is not tried again before that time.
    Pausing {
        until: Duration,
    },
    Stopped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Running {
    since: Duration,
    /// When it is probed next; `None` while an answer is awaited.
    probe_at: Option<Duration>,
    failures: u32,
    failing_since: Option<Duration>,
    /// Whether it is to be replaced as soon as nobody uses it.
    is_draining: bool,
}

/// What follows when a server has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Idle,
    Start,
    Stop,
}

/// The course of one supervised server.
#[derive(Debug)]
pub(super) struct Course {
    health: Health,
    phase: Phase,
    /// How many use the server.
    holds: usize,
    /// Whether somebody waits for it.
    is_wanted: bool,
    /// How many starts in a row came to nothing, or to a server that soon ended.
    failed_starts: u32,
    /// Why the server is being replaced, if it is.
    why: Option<Why>,
    actions: VecDeque<Action>,
}

impl Course {
    pub(super) fn new(health: Health) -> Self {
        Self {
            health,
            phase: Phase::Idle,
            holds: 0,
            is_wanted: false,
            failed_starts: 0,
            why: None,
            actions: VecDeque::new(),
        }
    }

    /// The next thing to be done.
    pub(super) fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to give the next [`Input::Tick`], if nothing else comes before.
    pub(super) fn wake_at(&self) -> Option<Duration> {
        match self.phase {
            Phase::Running(running) => {
                let old_at = self.health.max_age.map(|age| running.since.saturating_add(age));
                running.probe_at.into_iter().chain(old_at.filter(|_| !running.is_draining)).min()
            }
            Phase::Ending { kill_at, .. } => kill_at,
            Phase::Pausing { until } => Some(until),
            Phase::Idle | Phase::Starting | Phase::Stopped => None,
        }
    }

    /// How the server stands, for those who watch it.
    pub(super) fn state(&self) -> ServerState {
        match self.phase {
            Phase::Idle => ServerState::Idle,
            Phase::Starting if self.why.is_some() => ServerState::Restarting,
            Phase::Starting => ServerState::Starting,
            Phase::Running(running) if running.is_draining => ServerState::Draining,
            Phase::Running(running) if running.failures > 0 => ServerState::Unhealthy,
            Phase::Running(_) => ServerState::Ready,
            Phase::Ending { then: Then::Start, .. } => ServerState::Restarting,
            Phase::Ending { .. } => ServerState::Stopping,
            Phase::Pausing { .. } => ServerState::Failed,
            Phase::Stopped => ServerState::Stopped,
        }
    }

    /// Why the server was replaced last, until the next one runs.
    pub(super) const fn why(&self) -> Option<Why> {
        self.why
    }

    pub(super) fn handle(&mut self, now: Duration, input: Input) {
        match input {
            Input::Want => self.want(now),
            Input::Holds(holds) => self.holds = holds,
            Input::Started => {
                self.is_wanted = false;
                self.why = None;
                let probe_at = Some(now + self.health.probe_every);
                self.phase = Phase::Running(Running {
                    since: now,
                    probe_at,
                    failures: 0,
                    failing_since: None,
                    is_draining: false,
                });
            }
            Input::StartFailed if self.phase == Phase::Starting => self.pause(now),
            Input::Exited => self.exited(now),
            Input::Probed(probe) => self.probed(now, probe),
            Input::Recycle => {
                if let Phase::Running(running) = &mut self.phase {
                    running.is_draining = true;
                }
            }
            Input::Stop => self.stop(now),
            Input::StartFailed | Input::Tick => {}
        }
        self.keep_time(now);
    }

    fn want(&mut self, now: Duration) {
        match &mut self.phase {
            Phase::Idle => self.start(),
            Phase::Pausing { until } if *until <= now => self.start(),
            Phase::Ending { then, .. } if *then == Then::Idle => *then = Then::Start,
            Phase::Running(running) if running.is_draining => self.is_wanted = true,
            Phase::Pausing { .. }
            | Phase::Ending { .. }
            | Phase::Starting
            | Phase::Running(_)
            | Phase::Stopped => {}
        }
    }

    fn start(&mut self) {
        self.phase = Phase::Starting;
        self.actions.push_back(Action::Start);
    }

    fn pause(&mut self, now: Duration) {
        self.failed_starts = self.failed_starts.saturating_add(1);
        let factor = 1_u32 << (self.failed_starts - 1).min(16);
        let pause = self.health.first_pause.saturating_mul(factor).min(self.health.longest_pause);
        self.phase = Phase::Pausing { until: now.saturating_add(pause) };
    }

    fn exited(&mut self, now: Duration) {
        match self.phase {
            Phase::Running(running) => {
                self.why = Some(Why::Exited);
                let has_settled = now.saturating_sub(running.since) >= self.health.settled_after;
                if has_settled {
                    self.failed_starts = 0;
                }
                if !has_settled && self.failed_starts > 0 {
                    // It ends again and again: starting it at once would only go round.
                    self.pause(now);
                } else {
                    self.failed_starts += u32::from(!has_settled);
                    self.after(if self.is_needed() { Then::Start } else { Then::Idle });
                }
            }
            Phase::Ending { then, .. } => self.after(then),
            Phase::Idle | Phase::Starting | Phase::Pausing { .. } | Phase::Stopped => {}
        }
    }

    const fn is_needed(&self) -> bool {
        self.holds > 0 || self.is_wanted
    }

    fn after(&mut self, then: Then) {
        match then {
            Then::Idle => self.phase = Phase::Idle,
            Then::Start => self.start(),
            Then::Stop => self.phase = Phase::Stopped,
        }
    }

    fn probed(&mut self, now: Duration, probe: Probe) {
        let Phase::Running(running) = &mut self.phase else { return };
        running.probe_at = Some(now + self.health.probe_every);
        match probe {
            Probe::Answered { memory } => {
                running.failures = 0;
                running.failing_since = None;
                if now.saturating_sub(running.since) >= self.health.settled_after {
                    self.failed_starts = 0;
                }
                running.is_draining |=
                    memory.zip(self.health.max_memory).is_some_and(|(memory, limit)| memory > limit);
            }
            Probe::Silent { has_worked } => {
                running.failures = running.failures.saturating_add(1);
                running.failing_since.get_or_insert(now);
                let standing = Standing {
                    has_exited: false,
                    failures: running.failures,
                    failing_since: running.failing_since,
                    is_busy: self.holds > 0 || has_worked,
                };
                let verdict = judge(standing, self.health.failures, self.health.busy_grace, now);
                if let Verdict::Restart(why) = verdict {
                    self.why = Some(why);
                    let then = if self.is_needed() { Then::Start } else { Then::Idle };
                    self.end(now, then);
                }
            }
        }
    }

    fn stop(&mut self, now: Duration) {
        match &mut self.phase {
            Phase::Running(_) | Phase::Starting => self.end(now, Then::Stop),
            Phase::Ending { then, .. } => *then = Then::Stop,
            Phase::Idle | Phase::Pausing { .. } | Phase::Stopped => self.phase = Phase::Stopped,
        }
    }

    fn end(&mut self, now: Duration, then: Then) {
        self.actions.push_back(Action::Terminate);
        self.phase = Phase::Ending { kill_at: Some(now + self.health.kill_after), then };
    }

    fn keep_time(&mut self, now: Duration) {
        let is_needed = self.is_needed();
        match &mut self.phase {
            Phase::Running(running) => {
                let age = now.saturating_sub(running.since);
                running.is_draining |= self.health.max_age.is_some_and(|limit| age >= limit);
                if running.is_draining && self.holds == 0 {
                    let then = if self.is_wanted { Then::Start } else { Then::Idle };
                    self.end(now, then);
                } else if running.probe_at.is_some_and(|at| at <= now) {
                    running.probe_at = None;
                    self.actions.push_back(Action::Probe);
                }
            }
            Phase::Ending { kill_at, .. } if kill_at.is_some_and(|at| at <= now) => {
                *kill_at = None;
                self.actions.push_back(Action::Kill);
            }
            Phase::Pausing { until } if *until <= now && is_needed => self.start(),
            _ => {}
        }
        if let Phase::Pausing { until } = self.phase
            && until <= now
        {
            self.phase = Phase::Idle;
        }
    }
}
