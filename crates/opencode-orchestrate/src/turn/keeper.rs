//! Keeps a turn while it is worked on.

use std::sync::Arc;
use std::time::Duration;

use opencode_store::turn::{Lease, Renewal, TurnStore};
use opencode_store::{Error, ErrorKind};
use opencode_wire::drive::CancellationToken;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

/// Keeps a turn while it is worked on: renews its lease, and hears of what is asked of it.
pub(super) struct Keeper {
    pub(super) turns: Arc<dyn TurnStore>,
    pub(super) lease: Lease,
    pub(super) duration: Duration,
    /// Until when the lease holds, if nobody can have asked anything of the turn that is not seen elsewhere.
    pub(super) held_until: Option<Instant>,
    /// Stops the turn.
    pub(super) token: CancellationToken,
    /// Tells whoever works on the turn until when it is his, and to look at what is asked of it: at steers and answers.
    pub(super) orders: watch::Sender<Instant>,
}

impl Keeper {
    /// Works until the turn is somebody else's, and says so.
    pub(super) async fn keep(self) -> Error {
        let mut watch = self.turns.watch_orders(self.lease.turn);
        let mut held_until = self.held_until.unwrap_or_else(|| Instant::now() + self.duration);
        if self.held_until.is_some() {
            // A third of the lease after it was claimed, as later after each renewal.
            let _elapsed = timeout_at(held_until - self.duration * 2 / 3, watch.changed()).await;
        }
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
            // What was asked while nobody listened is looked at now and then, whether or not somebody is woken.
            self.orders.send_replace(held_until);
            // Whether it was woken or not, there is one thing to do: look.
            let _elapsed = timeout(self.duration / 3, watch.changed()).await;
        }
    }

    fn lost(&self) -> Error {
        Error::new(ErrorKind::LeaseLost, "the turn is somebody else's by now").with_turn(self.lease.turn)
    }
}
