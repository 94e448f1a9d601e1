//! The one lock of a scripted server, and waiting for what it guards.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::options::Options;
use super::state::State;

/// What all tasks of one server share.
#[derive(Debug)]
pub(crate) struct Core {
    state: Mutex<State>,
    /// Counts changes, so that waiters can look again.
    changes: watch::Sender<u64>,
    players: Mutex<JoinSet<()>>,
}

impl Core {
    pub(crate) fn new(options: Options) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State::new(options)),
            changes: watch::Sender::new(0),
            players: Mutex::new(JoinSet::new()),
        })
    }

    /// Looks at the state or changes it, in one piece.
    pub(crate) fn with<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let result = change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changes.send_modify(|count| *count += 1);
        result
    }

    /// Looks at the state without telling anybody.
    pub(crate) fn peek<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until `look` finds something, looking again after every change. Dropping the future changes nothing.
    pub(crate) async fn until<R>(&self, mut look: impl FnMut(&mut State) -> Option<R> + Send) -> R {
        let mut changes = self.changes.subscribe();
        loop {
            changes.borrow_and_update();
            if let Some(found) = self.peek(&mut look) {
                // What was found may be a change (a reply taken, a gate passed) that others wait for.
                self.changes.send_modify(|count| *count += 1);
                return found;
            }
            if changes.changed().await.is_err() {
                // The sender lives in `self`, so this cannot happen; waiting is the harmless answer.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Runs a script player until it ends or the server does.
    pub(crate) fn spawn(&self, player: impl Future<Output = ()> + Send + 'static) {
        let mut players = self.players.lock().unwrap_or_else(PoisonError::into_inner);
        while players.try_join_next().is_some() {}
        players.spawn(player);
    }

    /// Ends all script players and waits until they are gone.
    pub(crate) async fn end_players(&self) {
        let mut players = std::mem::take(&mut *self.players.lock().unwrap_or_else(PoisonError::into_inner));
        players.shutdown().await;
    }

    /// Ends all script players at their next wait.
    pub(crate) fn abort_players(&self) {
        self.players.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }
}

/// Unsubscribes a stream when its connection is gone.
#[derive(Debug)]
pub(crate) struct StreamGuard {
    core: Weak<Core>,
    stream_id: u64,
}

impl StreamGuard {
    pub(crate) fn new(core: &Arc<Core>, stream_id: u64) -> Self {
        Self { core: Arc::downgrade(core), stream_id }
    }
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        if let Some(core) = self.core.upgrade() {
            core.with(|state| state.bus.unsubscribe(self.stream_id));
        }
    }
}
