//! The driver of one turn: it reaches the state through the lock and waits where steps wait.

use std::sync::Arc;

use super::live::Live;
use crate::server::core::Core;
use crate::server::gate::hold;
use crate::server::state::State;

/// Why a turn stops before its script ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Aborted by a request.
    Aborted,
    /// The session was deleted under it, and the next write fails.
    Deleted,
    /// The server was restarted: nothing of this turn may happen any more.
    Gone,
}

/// One batch of turns while it is played.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) core: Arc<Core>,
    pub(crate) live: Live,
}

impl Turn {
    pub(crate) const fn new(core: Arc<Core>, live: Live) -> Self {
        Self { core, live }
    }

    /// Changes the state in one piece, unless the turn has been stopped.
    pub(crate) fn with<R>(&mut self, change: impl FnOnce(&mut State, &mut Live) -> R) -> Result<R, Stop> {
        let live = &mut self.live;
        self.core.with(|state| check(state, live).map(|()| change(state, live)))
    }

    /// The same for changes that store something, which a deleted session refuses.
    pub(super) fn store<R>(&mut self, change: impl FnOnce(&mut State, &mut Live) -> R) -> Result<R, Stop> {
        let live = &mut self.live;
        self.core.with(|state| {
            check(state, live)?;
            match state.session(&live.session_id) {
                Some(_) => Ok(change(state, live)),
                None => Err(Stop::Deleted),
            }
        })
    }

    /// Waits until `look` finds something, or the turn is stopped.
    pub(super) async fn until<R: Send>(
        &mut self,
        mut look: impl FnMut(&mut State) -> Option<R> + Send,
    ) -> Result<R, Stop> {
        let live = &self.live;
        self.core
            .until(|state| match check(state, live) {
                Ok(()) => look(state).map(Ok),
                Err(stop) => Some(Err(stop)),
            })
            .await
    }

    /// Waits at a gate.
    pub(super) async fn hold(&mut self, name: &str) -> Result<(), Stop> {
        let core = Arc::clone(&self.core);
        tokio::select! {
            biased;
            stopped = self.until(|_| None) => stopped,
            () = hold(&core, name) => Ok(()),
        }
    }
}

/// Whether a turn may go on.
fn check(state: &State, live: &Live) -> Result<(), Stop> {
    match state.sessions.get(&live.session_id).and_then(|session| session.run.as_ref()) {
        Some(run) if run.id == live.run && run.aborted => Err(Stop::Aborted),
        Some(run) if run.id == live.run => Ok(()),
        _ => Err(Stop::Gone),
    }
}
