//! What the calls of one model share.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::choose::Choice;
use super::demo;
use super::op::Op;
use super::record::{Outcome, RecordedRequest};
use super::request::ChatRequest;

/// How many calls are remembered; a load test makes many, each with the whole conversation.
pub(super) const REMEMBERED: usize = 1000;

/// Queues, counters, releases and the record, with a signal for everybody who waits.
pub(super) struct Shared {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

pub(super) struct State {
    /// Steps for one session, or for any under `None`.
    pub(super) queues: HashMap<Option<String>, VecDeque<Vec<Op>>>,
    pub(super) fallback: Fallback,
    pub(super) title: Vec<Op>,
    pub(super) summary: Vec<Op>,
    pub(super) released: HashSet<String>,
    pub(super) n_requests: usize,
    requests: VecDeque<RecordedRequest>,
    attempts: HashMap<(Option<String>, String), u32>,
}

/// What answers where neither a queue nor a script does.
pub(super) enum Fallback {
    Ops(Vec<Op>),
    Demo,
}

impl Fallback {
    pub(super) fn ops(&self, request: &ChatRequest) -> Vec<Op> {
        match self {
            Self::Ops(ops) => ops.clone(),
            Self::Demo => demo::answer(request),
        }
    }
}

impl Shared {
    pub(super) fn new(fallback: Fallback) -> Self {
        Self {
            state: Mutex::new(State {
                queues: HashMap::new(),
                fallback,
                title: vec![Op::text("Scripted title")],
                summary: vec![Op::text("Scripted summary of the conversation.")],
                released: HashSet::new(),
                n_requests: 0,
                requests: VecDeque::new(),
                attempts: HashMap::new(),
            }),
            changed: watch::Sender::new(()),
        }
    }

    /// Changes the state and wakes everybody who waits for something in it.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.send_replace(());
        result
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock())
    }

    /// Waits until `look` finds something.
    pub(super) async fn wait_until<T>(&self, look: impl Fn(&State) -> Option<T>) -> T {
        // Subscribed before the first look, so that no change falls between look and wait.
        let mut changed = self.changed.subscribe();
        loop {
            let found = self.read(&look);
            if let Some(found) = found {
                return found;
            }
            // The sender is a field of `self` and cannot be gone.
            let _never_closed = changed.changed().await;
        }
    }

    pub(super) fn set_outcome(&self, number: usize, outcome: Outcome) {
        self.change(|state| {
            if let Some(request) = state.request_mut(number) {
                request.outcome = outcome;
            }
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Adds steps to a queue.
    ///
    /// A queued step answers one call, so one that fails a number of times becomes that number of
    /// steps and one more.
    pub(super) fn queue(&mut self, session_id: Option<String>, steps: Vec<Vec<Op>>) {
        let queue = self.queues.entry(session_id).or_default();
        for mut step in steps {
            while let Some(failure) = take_failure(&mut step) {
                queue.push_back(vec![failure]);
            }
            queue.push_back(step);
        }
    }

    /// Writes a call down; returns its number and which attempt it is.
    pub(super) fn record(&mut self, request: &ChatRequest, choice: &Choice) -> (usize, u32) {
        let key = (request.session_id.clone(), choice.key.clone());
        let attempt = self.attempts.entry(key).or_default();
        *attempt += 1;
        let attempt = *attempt;
        let number = self.n_requests;
        self.n_requests += 1;
        if self.requests.len() == REMEMBERED {
            self.requests.pop_front();
        }
        self.requests.push_back(RecordedRequest {
            number,
            session_id: request.session_id.clone(),
            parent_session_id: request.parent_session_id.clone(),
            model: request.model.clone(),
            stream: request.stream,
            messages: request.messages.clone(),
            tools: request.tools.clone(),
            answered_by: choice.answered_by.clone(),
            attempt,
            outcome: Outcome::Running,
        });
        (number, attempt)
    }

    pub(super) fn requests(&self) -> impl Iterator<Item = &RecordedRequest> {
        self.requests.iter()
    }

    fn request_mut(&mut self, number: usize) -> Option<&mut RecordedRequest> {
        let first = self.requests.front()?.number;
        self.requests.get_mut(number.checked_sub(first)?)
    }
}

/// One of the failures that a step begins with, and the step without it.
fn take_failure(step: &mut [Op]) -> Option<Op> {
    step.iter_mut().find_map(|op| match op {
        Op::Status { times: Some(left), .. } if *left > 0 => {
            *left -= 1;
            let mut failure = op.clone();
            if let Op::Status { times, .. } = &mut failure {
                *times = None;
            }
            Some(failure)
        }
        _ => None,
    })
}
