//! One listener's end of the hub.

use std::sync::Arc;

use super::queue::{Batch, Delivery, Queue, Word};
use super::table::Shared;
use super::{GapReason, routes::ListenerId};
use crate::Error;
use crate::event::Event;

/// What a listener hears.
#[derive(Debug)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "nearly all notices are events, and none is kept")]
pub enum Notice {
    /// The stream is live, for the first time or again.
    Live,
    /// Events may be missing here. After [`Live`](Self::Live) is the time to ask the server how things are.
    Gap(GapReason),
    /// The stream could not be opened. The hub tries again, by itself and for ever.
    Trouble(Arc<Error>),
    /// An event.
    Event(Event),
}

/// A subscription to the events of a server.
#[derive(Debug)]
pub struct Listener {
    shared: Arc<Shared>,
    id: ListenerId,
    queue: Arc<Queue>,
    /// What was taken from the queue and not told yet.
    batch: Batch,
    /// Owed after a gap that the listener found itself.
    owes_live: bool,
}

impl Listener {
    pub(super) fn new(shared: Arc<Shared>, id: ListenerId, queue: Arc<Queue>) -> Self {
        Self { shared, id, queue, batch: Batch::default(), owes_live: false }
    }

    /// What comes next. Waits until there is something.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Notice {
        if std::mem::take(&mut self.owes_live) {
            return Notice::Live;
        }
        if self.batch.is_empty() {
            self.batch = Batch::default();
            self.batch = self.queue.take().await;
        }
        match self.batch.next() {
            Some(Delivery::Frame(frame)) => match Event::decode(frame) {
                Ok(event) => Notice::Event(event),
                Err(error) => {
                    tracing::warn!(%error, "an event could not be read");
                    self.owes_live = true;
                    Notice::Gap(GapReason::Unreadable)
                }
            },
            Some(Delivery::Word(Word::Gap(reason))) => Notice::Gap(reason),
            Some(Delivery::Word(Word::Trouble(error))) => Notice::Trouble(error),
            // A batch that was taken is never empty.
            Some(Delivery::Word(Word::Live)) | None => Notice::Live,
        }
    }

    /// Listens to one more session.
    pub(crate) fn want(&self, session_id: &crate::ids::SessionId) {
        self.shared.want(self.id, session_id);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.unsubscribe(self.id);
    }
}
