//! Reads the log of a turn once, for all its readers in this process.

use std::ops::ControlFlow;
use std::sync::Weak;
use std::time::Duration;

use opencode_store::Result;
use opencode_store::turn::TurnId;
use tokio::time::{Instant, sleep, timeout};

use super::FeedEvent;
use super::backoff::Backoff;
use super::board::Board;
use super::source::Source;

/// How long it sleeps when nothing wakes it up. A wake-up can only be lost when another process dies between storing
/// and telling.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Reads the log of a turn, and writes what it tells on the board, until the turn has ended. It is aborted when nobody
/// looks at the board any more.
pub(super) async fn pump(source: Source, turn: TurnId, board: Weak<Board>) {
    let _guard = Abandon(Weak::clone(&board));
    // Watched before anything is read, so that nothing falls between history and live.
    let mut watch = source.watch(turn);
    let mut reader = Reader { source, turn, board: Weak::clone(&board), cursor: 0 };
    let mut backoff = Backoff::default();
    loop {
        match reader.read().await {
            Ok(ControlFlow::Break(())) => return,
            Ok(ControlFlow::Continue(has_more)) => {
                backoff = Backoff::default();
                if !has_more {
                    // Whether it was woken or not, there is one thing to do: look.
                    let _elapsed = timeout(LOOK_AGAIN, watch.changed()).await;
                }
            }
            Err(error) => {
                let wait = error.is_transient().then(|| backoff.next());
                tracing::debug!(%turn, %error, "the log of a turn could not be read for those who follow it");
                let Some(board) = board.upgrade() else { return };
                board.change(|state| state.fail(error));
                drop(board);
                let Some(wait) = wait else { return };
                sleep(wait).await;
            }
        }
    }
}

struct Reader {
    source: Source,
    turn: TurnId,
    board: Weak<Board>,
    cursor: u64,
}

impl Reader {
    /// Reads what comes next. Breaks when the turn has ended and everything was read, or nobody reads any more; says
    /// else whether there is more.
    async fn read(&mut self) -> Result<ControlFlow<(), bool>> {
        let page = self.source.read(self.turn, self.cursor).await?;
        let is_pruned = self.cursor < page.pruned_to;
        let picture = if is_pruned { Some(self.source.picture(self.turn).await?) } else { None };
        let read = page.events.last().map_or(self.cursor, |event| event.seq);
        let read = if is_pruned { page.last_seq } else { read };
        let has_more = read < page.last_seq;
        let end = if page.ended && !has_more { Some(self.source.end(self.turn, read).await?) } else { None };
        let Some(board) = self.board.upgrade() else { return Ok(ControlFlow::Break(())) };
        let has_ended = end.is_some();
        board.change(|state| {
            match picture {
                Some(picture) => state.replace(picture, read),
                None => {
                    let events = page.events.into_iter();
                    let events = events.map(|event| FeedEvent::new(event.seq, event.payload));
                    state.push(events.collect(), Instant::now());
                }
            }
            match end {
                Some(end) => state.end(end),
                None if !has_more => state.caught_up(),
                None => {}
            }
        });
        self.cursor = read;
        Ok(if has_ended { ControlFlow::Break(()) } else { ControlFlow::Continue(has_more) })
    }
}

/// Tells the readers when the task is ended by anybody but them: a runtime that shuts down, or a panic.
struct Abandon(Weak<Board>);

impl Drop for Abandon {
    fn drop(&mut self) {
        if let Some(board) = self.0.upgrade() {
            board.change(super::state::State::abandon);
        }
    }
}
