//! What runs in a backend.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opencode_store::session::Subject;
use opencode_wire::drive::CancellationToken;
use tokio::sync::Notify;

use crate::agent::AgentError;

/// What runs in a backend.
#[derive(Debug, Default)]
pub(super) struct Running {
    calls: Mutex<Calls>,
    /// Told whenever one is done.
    done: Notify,
}

#[derive(Debug, Default)]
struct Calls {
    next: u64,
    calls: HashMap<u64, (Subject, CancellationToken)>,
    is_shut: bool,
}

/// Something runs for a subject while this is there.
#[derive(Debug)]
pub(super) struct UntilDone {
    running: Arc<Running>,
    number: u64,
    token: CancellationToken,
}

impl Running {
    /// Begins something that the token stops.
    pub(super) fn begin(
        self: &Arc<Self>,
        subject: &Subject,
        token: &CancellationToken,
    ) -> Result<UntilDone, AgentError> {
        // One of our own below it, so that closing a session does not stop what else the host has under its token.
        let token = token.child_token();
        let mut calls = self.calls();
        if calls.is_shut {
            return Err(AgentError::Disposed);
        }
        calls.next += 1;
        let number = calls.next;
        calls.calls.insert(number, (subject.clone(), token.clone()));
        Ok(UntilDone { running: Arc::clone(self), number, token })
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.calls().calls.is_empty()
    }

    /// Lets nothing begin any more.
    pub(super) fn shut(&self) {
        self.calls().is_shut = true;
    }

    /// Stops what runs for a subject, or for all, and waits until it is done.
    pub(super) async fn stop(&self, subject: Option<&Subject>) {
        loop {
            let mut done = pin!(self.done.notified());
            done.as_mut().enable();
            let mut is_left = false;
            for (_, token) in
                self.calls().calls.values().filter(|(of, _)| subject.is_none_or(|subject| of == subject))
            {
                token.cancel();
                is_left = true;
            }
            if !is_left {
                return;
            }
            done.await;
        }
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UntilDone {
    pub(super) fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

impl Drop for UntilDone {
    fn drop(&mut self) {
        self.running.calls().calls.remove(&self.number);
        self.running.done.notify_waiters();
    }
}
