//! Waiting for what a client does, without sleeping.

use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

use super::Server;
use super::record::RecordedRequest;
use super::state::State;

/// How long a wait may last in real time before it counts as failed. Longer than any healthy test needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Each of these waits until something is the case, at once if it is already. After 30 seconds of real time (a paused
/// tokio clock does not matter) they panic with what they have waited for: a test shall fail, not hang.
impl Server {
    /// Waits for a request with this method and path (segments that begin with `:` stand for any) and returns the
    /// first.
    ///
    /// # Panics
    ///
    /// When none comes in time.
    pub async fn wait_for_request(&self, method: &str, path: &str) -> RecordedRequest {
        self.wait_for_requests(method, path, 1).await.swap_remove(0)
    }

    /// Waits until `count` such requests have come and returns all.
    ///
    /// # Panics
    ///
    /// When they do not come in time.
    pub async fn wait_for_requests(&self, method: &str, path: &str, count: usize) -> Vec<RecordedRequest> {
        let what = format!("{count} requests {method} {path}");
        self.wait_for(&what, |state| {
            let requests = state.requests.iter().filter(|request| request.is(method, path));
            let requests: Vec<RecordedRequest> = requests.cloned().collect();
            (requests.len() >= count.max(1)).then_some(requests)
        })
        .await
    }

    /// Waits until exactly `count` event streams are open.
    ///
    /// # Panics
    ///
    /// When that is not the case in time.
    pub async fn wait_for_streams(&self, count: usize) {
        self.wait_until(&format!("{count} open event streams"), |state| state.bus.open_streams() == count)
            .await;
    }

    /// Waits until something (a turn, a stream, an answer) waits at the gate `name`.
    ///
    /// # Panics
    ///
    /// When nothing does in time.
    pub async fn wait_for_hold(&self, name: &str) {
        self.wait_until(&format!("somebody at the gate `{name}`"), |state| state.gates.waiting(name) > 0)
            .await;
    }

    /// Waits until no turn runs in a session and everything has been said about the last one.
    ///
    /// # Panics
    ///
    /// When it is still busy in time.
    pub async fn wait_for_idle(&self, session_id: &str) {
        self.wait_until(&format!("{session_id} to be idle"), |state| {
            state.sessions.get(session_id).is_none_or(|session| session.run.is_none())
        })
        .await;
    }

    /// Waits for an open permission request or question of any session and returns the first.
    ///
    /// # Panics
    ///
    /// When nobody asks in time.
    pub async fn wait_for_blocker(&self) -> Value {
        self.wait_for("a permission request or question", |state| {
            let mut open = state.blockers.iter().filter(|blocker| blocker.ruling.is_none());
            open.next().map(|blocker| blocker.request.clone())
        })
        .await
    }

    pub(super) async fn wait_until(&self, what: &str, mut is: impl FnMut(&State) -> bool + Send) {
        self.wait_for(what, |state| is(state).then_some(())).await;
    }

    async fn wait_for<R: Send>(&self, what: &str, mut look: impl FnMut(&State) -> Option<R> + Send) -> R {
        if let Some(found) = self.core.peek(|state| look(state)) {
            return found;
        }
        let (_stop, watchdog) = watchdog();
        tokio::select! {
            found = self.core.until(|state| look(state)) => found,
            _barked = watchdog => panic!("waited {PATIENCE:?} in vain for {what}; {}", self.account()),
        }
    }

    /// What a failed wait says about the server.
    fn account(&self) -> String {
        let requests = self.requests();
        let requests: Vec<String> =
            requests.iter().map(|request| format!("{} {}", request.method, request.path)).collect();
        format!("{} event streams are open, requests were: {requests:?}", self.streams())
    }
}

/// Resolves after [`PATIENCE`] of real time. A thread and not tokio's clock, which may be paused. Dropping the sender
/// ends the thread.
fn watchdog() -> (mpsc::Sender<()>, oneshot::Receiver<()>) {
    let (stop, stopped) = mpsc::channel();
    let (bark, barked) = oneshot::channel();
    std::thread::spawn(move || {
        if stopped.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            // Nobody listens any more when the wait has just ended.
            let _late = bark.send(());
        } else {
            // Kept until here: a dropped sender would resolve the receiver.
            drop(bark);
        }
    });
    (stop, barked)
}
