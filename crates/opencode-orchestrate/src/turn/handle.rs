//! A turn, seen from any process.

use std::time::Duration;

use opencode_store::blocker::{Answered, BlockerRecord, BlockerState};
use opencode_store::turn::{StopReason, StopRequested, TurnId, TurnRecord};
use opencode_store::{Error, ErrorKind, Result, Store};
use tokio::time::timeout;

use super::TurnOutcome;
use crate::blocker::{Answer, answer};

/// How often whoever waits looks when nothing wakes him up.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A turn, seen from any process: whoever has its number can follow it, answer what it asks, stop it, and wait for its
/// end. Cheap to clone; dropping it changes nothing.
///
/// # Examples
///
/// ```
/// # use opencode_store::{Store, turn::TurnId};
/// # async fn example(store: Store, turn: TurnId) -> opencode_store::Result<()> {
/// use opencode_orchestrate::blocker::Answer;
/// use opencode_orchestrate::turn::TurnHandle;
///
/// let turn = TurnHandle::new(store, turn);
/// for blocker in turn.open_blockers().await? {
///     turn.answer(&blocker.request.request_id, &Answer::Once, "the boss").await?;
/// }
/// println!("{}", turn.outcome().await?.text());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TurnHandle {
    store: Store,
    id: TurnId,
}

impl TurnHandle {
    /// The turn with that number.
    #[must_use]
    pub fn new(store: Store, id: TurnId) -> Self {
        Self { store, id }
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> TurnId {
        self.id
    }

    /// The turn as it is now.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) when there is no such turn; and when the database fails.
    pub async fn record(&self) -> Result<TurnRecord> {
        let missing = || Error::new(ErrorKind::NotFound, format!("there is no turn {}", self.id));
        self.store.turns().turn(self.id).await?.ok_or_else(|| missing().with_turn(self.id))
    }

    /// Asks for the turn to be stopped. Whoever works on it, in whichever process, aborts it on the server, and it
    /// ends as cancelled, with what was said until then; one that nobody has begun with ends at once.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) when there is no such turn; and when the database fails.
    pub async fn cancel(&self) -> Result<StopRequested> {
        self.store.turns().request_stop(self.id, StopReason::Cancelled).await
    }

    /// Waits until the turn has ended, whoever works on it.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) when there is no such turn; and when the database fails.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn outcome(&self) -> Result<TurnOutcome> {
        // Watched before anything is read, so that the end cannot come in between.
        let mut watch = self.store.events().watch_turn(self.id);
        loop {
            let record = self.record().await?;
            if record.end.is_some() {
                return TurnOutcome::load(&self.store, record).await;
            }
            // Whether it was woken or not, there is one thing to do: look.
            let _elapsed = timeout(LOOK_AGAIN, watch.changed()).await;
        }
    }

    /// What the turn asks people at the moment, the oldest first.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn open_blockers(&self) -> Result<Vec<BlockerRecord>> {
        let mut blockers = self.store.blockers().blockers(self.id).await?;
        blockers.retain(|blocker| blocker.state == BlockerState::Open);
        Ok(blockers)
    }

    /// Answers what the turn asks. See [`answer`].
    ///
    /// # Errors
    ///
    /// As [`answer`].
    pub async fn answer(&self, request_id: &str, said: &Answer, by: &str) -> Result<Answered> {
        answer(&self.store, self.id, request_id, said, by).await
    }
}
