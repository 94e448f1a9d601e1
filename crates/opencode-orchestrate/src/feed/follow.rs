//! One reader of a turn.

use std::fmt;
use std::sync::Arc;

use futures_core::Stream;
use futures_util::stream::unfold;
use opencode_store::event::EventPage;
use opencode_store::turn::TurnId;
use opencode_store::{Error, Result};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::backoff::Backoff;
use super::batch::Batch;
use super::board::{Board, Boards};
use super::coalesce::coalesce;
use super::state::{Next, Place, abandoned, told};
use super::{FeedEvent, FeedItem, FeedOptions};
use crate::log::Entry;

/// One reader of a turn: what was, then what comes, until the turn has ended. Made by
/// [`UiFeed::follow`](super::UiFeed::follow).
///
/// Nothing is read before [`next`](Self::next) is awaited. A reader that waits holds a cursor and a handle of what all
/// readers of the turn share.
pub struct Follow {
    boards: Arc<Boards>,
    turn: TurnId,
    cursor: Option<u64>,
    /// Of which attempt it was told, if that is known.
    attempt: Option<u64>,
    joined: Option<(Arc<Board>, watch::Receiver<()>)>,
    /// What was coalesced for it and not given yet.
    batch: Option<Batch>,
    /// Whether the log was seen to reach to the cursor.
    is_logged: bool,
    /// Of how many outages it was told.
    outages: u64,
    /// When it was last given something, or took what there was for it.
    given_at: Option<Instant>,
    /// Not to be asked again before that, because the store did not answer.
    rests_until: Option<Instant>,
    backoff: Backoff,
    is_done: bool,
}

impl Follow {
    pub(super) fn new(boards: Arc<Boards>, turn: TurnId, cursor: Option<u64>) -> Self {
        Self {
            boards,
            turn,
            cursor,
            // Before the first event nobody has begun.
            attempt: cursor.filter(|cursor| *cursor == 0),
            joined: None,
            batch: None,
            is_logged: false,
            outages: 0,
            given_at: None,
            rests_until: None,
            backoff: Backoff::default(),
            is_done: false,
        }
    }

    /// The number of the last event that it was given, for whoever wants to go on there later; `None` before the
    /// snapshot of a reader that began without one.
    #[must_use]
    pub fn cursor(&self) -> Option<u64> {
        self.cursor
    }

    pub(super) fn options(&self) -> &FeedOptions {
        &self.boards.options
    }

    /// Waits for what is next. `None` when the turn has ended and that was told, or when the reader was closed.
    ///
    /// # Errors
    ///
    /// When the store cannot be read: told once as long as that lasts, and the next call goes on at the same place, after
    /// a while. An error that is not [transient](Error::is_transient) is the last that is told, such as
    /// [`NotFound`](opencode_store::ErrorKind::NotFound) when there is no such turn.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with time.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost by dropping the future.
    pub async fn next(&mut self) -> Result<Option<FeedItem>> {
        if self.is_done {
            return Ok(None);
        }
        let item = self.item().await;
        self.given_at = Some(Instant::now());
        match &item {
            Ok(FeedItem::Ended(_) | FeedItem::Closed { .. }) => self.finish(),
            Err(error) if !error.is_transient() => self.finish(),
            _ => {}
        }
        item.map(Some)
    }

    /// The items as a stream. It ends where [`next`](Self::next) says `None`.
    pub fn into_stream(self) -> impl Stream<Item = Result<FeedItem>> + Send + 'static {
        unfold(self, |mut follow| async {
            let item = follow.next().await.transpose()?;
            Some((item, follow))
        })
    }

    async fn item(&mut self) -> Result<FeedItem> {
        loop {
            if let Some(at) = self.rests_until {
                sleep_until(at).await;
                self.rests_until = None;
            }
            if let Some(item) = self.next_of_batch() {
                return Ok(item);
            }
            let place = self.place();
            let (board, changed) = self.joined.get_or_insert_with(|| {
                let board = self.boards.join(self.turn);
                let changed = board.watch();
                (board, changed)
            });
            // Before it is looked at, so that whatever changes later is seen.
            changed.mark_unchanged();
            let next = board.lock().next(place, self.boards.options.patience);
            match next {
                Next::Snapshot { seq, picture, attempt } => {
                    self.attempt = Some(attempt);
                    self.move_to(Some(seq));
                    return Ok(FeedItem::Snapshot { seq, picture });
                }
                Next::Batch(batch) => self.take(batch),
                Next::Events(events) => self.take_all(events),
                Next::Log { after } => {
                    let page = self.boards.source.read(self.turn, after).await;
                    if let Some(reload) = self.take_page(after, page)? {
                        return Ok(reload);
                    }
                }
                Next::Reload { cursor } => return Ok(self.reload(cursor)),
                Next::Ended(end) => return Ok(FeedItem::Ended(end)),
                Next::Closed { cursor } => return Ok(FeedItem::Closed { cursor }),
                Next::Outage { number, error } => {
                    self.outages = number;
                    return Err(told(self.turn, &error));
                }
                Next::Refused(error) => return Err(told(self.turn, &error)),
                Next::Abandoned => {
                    self.leave();
                    return Err(self.rest(abandoned(self.turn)));
                }
                Next::Wait => {
                    // It cannot fail: the sender is on the board, which this reader holds.
                    let _closed = changed.changed().await;
                }
            }
        }
    }

    fn place(&self) -> Place {
        Place {
            cursor: self.cursor,
            is_logged: self.is_logged,
            outages: self.outages,
            given_at: self.given_at,
        }
    }

    fn next_of_batch(&mut self) -> Option<FeedItem> {
        let event = self.batch.as_mut()?.next();
        let Some(event) = event else {
            self.batch = None;
            return None;
        };
        if let (Some(given_at), Some(cursor)) = (self.given_at, self.cursor)
            && given_at.elapsed() > self.boards.options.patience
        {
            return Some(FeedItem::Closed { cursor });
        }
        self.move_to(Some(event.seq));
        if event.kind() == "began"
            && let Some(Entry::Began { attempt }) = event.entry()
        {
            self.attempt = self.attempt.max(Some(attempt));
        }
        Some(FeedItem::Event(event))
    }

    fn take(&mut self, batch: Batch) {
        self.batch = Some(batch);
        self.given_at = Some(Instant::now());
    }

    /// Takes events that come next, in as few as possible.
    fn take_all(&mut self, events: Vec<FeedEvent>) {
        let events = if events.len() > 1 { coalesce(self.attempt, events) } else { events };
        self.take(Batch::new(events));
    }

    fn take_page(&mut self, after: u64, page: Result<EventPage>) -> Result<Option<FeedItem>> {
        let page = page.map_err(|error| self.rest(error))?;
        self.backoff = Backoff::default();
        if after < page.pruned_to || after > page.last_seq {
            return Ok(Some(self.reload(after)));
        }
        self.is_logged = true;
        self.take_all(
            page.events.into_iter().map(|event| FeedEvent::new(event.seq, event.payload)).collect(),
        );
        Ok(None)
    }

    fn reload(&mut self, cursor: u64) -> FeedItem {
        self.move_to(None);
        FeedItem::Reload { cursor }
    }

    fn move_to(&mut self, cursor: Option<u64>) {
        self.cursor = cursor;
        self.is_logged = false;
    }

    /// Lets the store rest for a while, which did not answer.
    fn rest(&mut self, error: Error) -> Error {
        self.rests_until = Some(Instant::now() + self.backoff.next());
        error
    }

    /// Lets the next look be at another board.
    fn leave(&mut self) {
        self.outages = 0;
        if let Some((board, _changed)) = self.joined.take() {
            self.boards.forget(&board);
        }
    }

    /// Nothing more comes, so nothing is held any more.
    fn finish(&mut self) {
        self.is_done = true;
        self.joined = None;
        self.batch = None;
    }
}

impl fmt::Debug for Follow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Follow")
            .field("turn", &self.turn)
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}
