//! What all readers of a turn share, in one process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use opencode_store::turn::TurnId;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::FeedOptions;
use super::pump::pump;
use super::source::Source;
use super::state::State;

/// The turns that are followed in this process.
#[derive(Debug)]
pub(super) struct Boards {
    pub(super) source: Source,
    pub(super) options: FeedOptions,
    // Invariant: an entry goes when the last reader of its turn does.
    boards: Mutex<HashMap<TurnId, Weak<Board>>>,
}

impl Boards {
    pub(super) fn new(source: Source, options: FeedOptions) -> Self {
        Self { source, options, boards: Mutex::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// The board of a turn. With its first reader a task begins to read the log.
    pub(super) fn join(self: &Arc<Self>, turn: TurnId) -> Arc<Board> {
        let mut boards = self.lock();
        if let Some(board) = boards.get(&turn).and_then(Weak::upgrade) {
            return board;
        }
        let board = Arc::new(Board {
            state: Mutex::new(State::new(&self.options)),
            changed: watch::Sender::new(()),
            pump: OnceLock::new(),
            turn,
            boards: Arc::downgrade(self),
        });
        boards.insert(turn, Arc::downgrade(&board));
        drop(boards);
        let task = tokio::spawn(pump(self.source.clone(), turn, Arc::downgrade(&board)));
        board.pump.get_or_init(|| task.abort_handle());
        board
    }

    /// Lets nobody join a board that nobody writes on any more.
    pub(super) fn forget(&self, board: &Arc<Board>) {
        let mut boards = self.lock();
        if boards.get(&board.turn).is_some_and(|other| other.as_ptr() == Arc::as_ptr(board)) {
            boards.remove(&board.turn);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TurnId, Weak<Board>>> {
        self.boards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What all readers of a turn share. It ends with the last of them, and ends the task that reads the log.
#[derive(Debug)]
pub(super) struct Board {
    state: Mutex<State>,
    changed: watch::Sender<()>,
    pump: OnceLock<AbortHandle>,
    turn: TurnId,
    boards: Weak<Boards>,
}

impl Board {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is known, and wakes the readers.
    pub(super) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.send_replace(());
    }

    pub(super) fn watch(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        if let Some(pump) = self.pump.get() {
            pump.abort();
        }
        if let Some(boards) = self.boards.upgrade() {
            let mut boards = boards.lock();
            // Somebody may have begun to follow the turn anew.
            if boards.get(&self.turn).is_some_and(|board| board.strong_count() == 0) {
                boards.remove(&self.turn);
            }
        }
    }
}
