//! The line in which calls of hooks wait.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use opencode_store::turn::TurnRecord;
use opencode_wire::reply::{Change, ChangeKind};
use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::{HookResult, TurnHooks};
use crate::collect::Collected;
use crate::report::Reporter;
use crate::turn::TurnOutcome;

/// How many calls wait at most.
const PLACES: usize = 1024;
/// How long one call may take.
const LONGEST: Duration = Duration::from_secs(30);

enum Call {
    Change(Change),
    Activity,
    ServerLost,
    Files(Arc<Collected>),
}

/// The line in which calls of a turn's hooks wait. Dropping it ends the task that makes them.
pub(crate) struct HookLine {
    calls: Sender<Call>,
    caller: JoinHandle<()>,
    hooks: Arc<dyn TurnHooks>,
    wants_changes: bool,
    turn: TurnRecord,
    reporter: Reporter,
    /// Whether changes were passed over, and that was not told yet.
    is_behind: bool,
    activity_every: Duration,
    last_activity: Option<Instant>,
}

impl HookLine {
    pub(crate) fn new(
        hooks: Arc<dyn TurnHooks>,
        turn: TurnRecord,
        reporter: Reporter,
        activity_every: Duration,
    ) -> Self {
        let (calls, waiting) = channel(PLACES);
        let caller = Caller { hooks: Arc::clone(&hooks), turn: turn.clone(), reporter: reporter.clone() };
        Self {
            calls,
            caller: tokio::spawn(caller.run(waiting)),
            wants_changes: hooks.wants_changes(),
            hooks,
            turn,
            reporter,
            is_behind: false,
            activity_every,
            last_activity: None,
        }
    }

    /// Tells of a change, and that the turn is active.
    pub(crate) fn note(&mut self, change: &Change) {
        let now = Instant::now();
        if self.last_activity.is_none_or(|last| now.duration_since(last) >= self.activity_every)
            && self.calls.try_send(Call::Activity).is_ok()
        {
            self.last_activity = Some(now);
        }
        if !self.wants_changes {
            return;
        }
        if self.is_behind {
            let gap = Change::new(change.seq, change.session_id.clone(), ChangeKind::Gap);
            // Only when there is room for what follows it, too.
            if self.calls.capacity() < 2 || self.calls.try_send(Call::Change(gap)).is_err() {
                return;
            }
            self.is_behind = false;
        }
        if let Err(TrySendError::Full(_)) = self.calls.try_send(Call::Change(change.clone())) {
            self.is_behind = true;
        }
    }

    /// Tells that the server is gone.
    pub(crate) fn note_server_lost(&self) {
        if self.calls.try_send(Call::ServerLost).is_err() {
            self.reporter.warn("on_server_lost", self.turn.id, &Behind);
        }
    }

    /// Tells what was collected.
    pub(crate) fn note_files(&self, collected: Arc<Collected>) {
        if self.calls.try_send(Call::Files(collected)).is_err() {
            self.reporter.warn("on_files", self.turn.id, &Behind);
        }
    }

    /// Makes the calls that wait, and then those of the end.
    pub(crate) async fn finish(self, outcome: &TurnOutcome) {
        drop(self.calls);
        if let Err(error) = self.caller.await {
            self.reporter.warn("calling hooks", self.turn.id, &error);
        }
        let guard = Guard { reporter: &self.reporter, turn: &self.turn };
        if outcome.is_completed() {
            guard.call("on_finalized", self.hooks.on_finalized(outcome)).await;
        }
        guard.call("on_finished", self.hooks.on_finished(outcome)).await;
    }
}

struct Caller {
    hooks: Arc<dyn TurnHooks>,
    turn: TurnRecord,
    reporter: Reporter,
}

impl Caller {
    async fn run(self, mut waiting: Receiver<Call>) {
        let guard = Guard { reporter: &self.reporter, turn: &self.turn };
        while let Some(call) = waiting.recv().await {
            match call {
                Call::Change(change) => {
                    guard.call("on_change", self.hooks.on_change(&self.turn, &change)).await;
                }
                Call::Activity => guard.call("on_activity", self.hooks.on_activity(&self.turn)).await,
                Call::Files(collected) => {
                    guard.call("on_files", self.hooks.on_files(&self.turn, &collected)).await;
                }
                Call::ServerLost => {
                    guard.call("on_server_lost", self.hooks.on_server_lost(&self.turn)).await;
                }
            }
        }
    }
}

/// Why a hook was not called.
#[derive(Debug, thiserror::Error)]
#[error("more than {PLACES} calls wait")]
struct Behind;

/// Keeps what a hook does wrong from the turn.
struct Guard<'a> {
    reporter: &'a Reporter,
    turn: &'a TurnRecord,
}

impl Guard<'_> {
    async fn call(&self, name: &'static str, hook: impl Future<Output = HookResult>) {
        let trouble: Box<dyn std::error::Error + Send + Sync> =
            match timeout(LONGEST, AssertUnwindSafe(hook).catch_unwind()).await {
                Ok(Ok(Ok(()))) => return,
                Ok(Ok(Err(error))) => error,
                Ok(Err(_)) => "the hook panicked".into(),
                Err(_) => "the hook took too long".into(),
            };
        self.reporter.warn(name, self.turn.id, trouble.as_ref());
    }
}
