//! Keeps a turn while it is worked on.

use std::sync::Arc;
use std::time::Duration;

use opencode_store::event::EventLog;
use opencode_store::turn::{Lease, Renewal, TurnStore};
use opencode_store::{Error, ErrorKind};
use opencode_wire::drive::CancellationToken;
use tokio::time::{Instant, sleep, timeout};

/// How long after a word of the turn it is asked what it was about, so that many words are one question.
const PAUSE: Duration = Duration::from_millis(100);

/// Keeps a turn while it is worked on: renews its lease, and hears of requests to stop it.
pub(super) struct Keeper {
    pub(super) turns: Arc<dyn TurnStore>,
    pub(super) events: Arc<dyn EventLog>,
    pub(super) lease: Lease,
    pub(super) duration: Duration,
    pub(super) token: CancellationToken,
}

impl Keeper {
    /// Works until the turn is somebody else's, and says so.
    pub(super) async fn keep(self) -> Error {
        let mut watch = self.events.watch_turn(self.lease.turn);
        let mut held_until = Instant::now() + self.duration;
        loop {
            let asked = Instant::now();
            match self.turns.renew(std::slice::from_ref(&self.lease), self.duration).await.as_deref() {
                Ok([Renewal::Renewed { stop, .. }]) => {
                    held_until = asked + self.duration;
                    if stop.is_some() {
                        self.token.cancel();
                    }
                }
                // The database may be back before the lease ends. What is written meanwhile is refused if it is not.
                Err(error) if Instant::now() < held_until => {
                    tracing::warn!(turn = %self.lease.turn, %error, "the lease of a turn could not be renewed");
                }
                Ok(_) | Err(_) => return self.lost(),
            }
            if timeout(self.duration / 3, watch.changed()).await.is_ok() {
                sleep(PAUSE).await;
            }
        }
    }

    fn lost(&self) -> Error {
        Error::new(ErrorKind::LeaseLost, "the turn is somebody else's by now").with_turn(self.lease.turn)
    }
}
