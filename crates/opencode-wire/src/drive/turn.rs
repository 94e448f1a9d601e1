//! A turn that is being followed.

use futures_core::Stream;
use tokio_util::sync::CancellationToken;

use super::driver::Driver;
use super::{Decision, answer};
use crate::Result;
use crate::ids::{MessageId, SessionId};
use crate::reply::{Blocker, Change, Reply};
use crate::turn::Outcome;

/// A turn that is being followed: its changes as they come, and its outcome in the end.
///
/// Nothing happens unless [`next`](Self::next) or [`outcome`](Self::outcome) is awaited; a turn that nobody awaits for
/// a while catches up by asking the server.
///
/// # Cancel safety
///
/// Every method can be dropped and called again. Dropping the turn [detaches](Self::detach) from it: the server goes
/// on, and so does the bill. [`cancel`](Self::cancel) stops it.
pub struct Turn {
    // In a box: it is large, and futures that move it about would be as large several times over.
    driver: Box<Driver>,
}

impl Turn {
    pub(super) fn new(driver: Driver) -> Self {
        Self { driver: Box::new(driver) }
    }

    /// The session that was prompted.
    #[must_use]
    pub fn session_id(&self) -> &SessionId {
        self.driver.follower.reply().session_id()
    }

    /// The prompt's own message: with the session's id it is all that is needed to
    /// [attach](crate::api::SessionHandle::attach) to the turn from elsewhere.
    #[must_use]
    pub fn message_id(&self) -> &MessageId {
        self.driver.follower.reply().message_id()
    }

    /// The reply so far.
    #[must_use]
    pub const fn reply(&self) -> &Reply {
        self.driver.follower.reply()
    }

    /// Whether the reply has what the server had stored when it was
    /// [attached](crate::api::SessionHandle::attach) to. Until then it may lack what was said before; always so for a
    /// prompt that was posted here.
    #[must_use]
    pub const fn has_caught_up(&self) -> bool {
        self.driver.follower.has_caught_up()
    }

    /// The next change of the reply; `None` when the turn has ended.
    ///
    /// # Cancel safety
    ///
    /// No change is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            if let Some(change) = self.driver.pending.pop_front() {
                return Some(change);
            }
            if self.driver.finished {
                return None;
            }
            self.driver.step().await;
        }
    }

    /// Follows the turn to its end. Changes that were not taken by [`next`](Self::next) are passed over.
    ///
    /// Every ending is an outcome and none is an error: [`Outcome::into_reply`] tells completions from the rest.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future detaches from the turn.
    pub async fn outcome(mut self) -> Outcome {
        while self.next().await.is_some() {}
        self.driver.follower.into_outcome()
    }

    /// The changes as a stream, for those who combine streams.
    pub fn into_stream(self) -> impl Stream<Item = Change> + Send {
        futures_util::stream::unfold(self, |mut turn| async move {
            turn.next().await.map(|change| (change, turn))
        })
    }

    /// Asks the turn to stop: the server is told to, in the whole session tree, and the turn ends as cancelled, with
    /// what was said until then. Takes effect while the turn is awaited.
    pub fn cancel(&mut self) {
        self.driver.token.cancel();
    }

    /// A token that stops the turn when it is cancelled, from anywhere.
    #[must_use]
    pub fn cancel_token(&self) -> CancellationToken {
        self.driver.token.clone()
    }

    /// Stops following, and lets the server go on. The same as dropping, said aloud.
    #[must_use = "the ids are all that is needed to attach again"]
    pub fn detach(self) -> (SessionId, MessageId) {
        (self.session_id().clone(), self.message_id().clone())
    }

    /// Answers a question or a permission request of the turn.
    ///
    /// Takes effect at once and does not need the turn to be awaited.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when nobody asks that any more, and as [`api`](crate::api#errors) says.
    pub async fn answer(&mut self, blocker: &Blocker, decision: Decision) -> Result<()> {
        self.driver.decided.insert(blocker.id());
        answer::send(&self.driver.session, blocker, decision).await
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Turn")
            .field("session_id", self.session_id())
            .field("message_id", self.message_id())
            .field("ending", &self.driver.follower.ending())
            .finish_non_exhaustive()
    }
}
