//! Follows the log of a turn: what was, then what comes.

use std::sync::Arc;
use std::time::Duration;

use super::{EventLog, LoggedEvent};
use crate::error::Result;
use crate::turn::TurnId;
use crate::wake::Watch;

/// How many events are read at once: enough to make a query cheap, few enough to keep a slow reader small.
const PAGE: usize = 512;
/// How long a tail sleeps when nothing wakes it up. A wake-up can only be lost when another process dies between
/// storing and telling.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What a tail gives.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TailItem {
    /// The next event.
    Event(LoggedEvent),
    /// Events were deleted before they could be read, up to this number. What they said is in the parts of the turn.
    Pruned {
        /// The number of the last one that is gone.
        to: u64,
    },
}

/// Follows the log of a turn: what was, then what comes, each event once and in order, until the turn has ended.
///
/// An idle tail holds a cursor and one bit. Any number of them follow a turn, each from a place of its own, and none
/// holds up another.
///
/// # Examples
///
/// ```
/// # use opencode_store::{Store, event::{Tail, TailItem}, turn::TurnId};
/// # async fn example(store: Store, turn: TurnId, last_seen: u64) -> opencode_store::Result<()> {
/// let mut tail = Tail::new(store.events(), turn, last_seen);
/// while let Some(item) = tail.next().await? {
///     if let TailItem::Event(event) = item {
///         println!("{}: {}", event.seq, event.payload);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Tail {
    log: Arc<dyn EventLog>,
    turn: TurnId,
    cursor: u64,
    page: std::vec::IntoIter<LoggedEvent>,
    watch: Watch,
    /// Whether there may be more than what was read.
    dirty: bool,
    ended: bool,
}

impl Tail {
    /// Follows a turn from the event after that number; 0 for the beginning.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, turn: TurnId, after: u64) -> Self {
        // Watched before anything is read, so that nothing falls between history and live.
        let watch = log.watch_turn(turn);
        Self { log, turn, cursor: after, page: Vec::new().into_iter(), watch, dirty: true, ended: false }
    }

    /// The number of the last event that was given out.
    #[must_use]
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Waits for the next event. `None` when the turn has ended and everything was read.
    ///
    /// # Errors
    ///
    /// When the log cannot be read. The next call tries again at the same place.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost by dropping the future.
    pub async fn next(&mut self) -> Result<Option<TailItem>> {
        loop {
            if let Some(event) = self.page.next() {
                self.cursor = event.seq;
                return Ok(Some(TailItem::Event(event)));
            }
            if self.dirty {
                if let Some(pruned) = self.read().await? {
                    return Ok(Some(pruned));
                }
            } else if self.ended {
                return Ok(None);
            } else {
                // Whether it was woken or not, there is one thing to do: look.
                let _elapsed = tokio::time::timeout(LOOK_AGAIN, self.watch.changed()).await;
                self.dirty = true;
            }
        }
    }

    async fn read(&mut self) -> Result<Option<TailItem>> {
        let page = self.log.read(self.turn, self.cursor, PAGE).await?;
        if self.cursor < page.pruned_to {
            self.cursor = page.pruned_to;
            return Ok(Some(TailItem::Pruned { to: page.pruned_to }));
        }
        let last = page.events.last().map_or(self.cursor, |event| event.seq);
        self.dirty = last < page.last_seq;
        self.ended = page.ended;
        self.page = page.events.into_iter();
        Ok(None)
    }
}
