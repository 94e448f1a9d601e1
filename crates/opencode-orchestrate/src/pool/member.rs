//! A server of a pool, and what it does at the moment.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::ServerSource;
use super::directories::Directories;

/// A server of a pool.
pub(super) struct Member {
    pub(super) source: ServerSource,
    /// Places for turns.
    pub(super) places: Arc<Semaphore>,
    pub(super) phase: Phase,
    pub(super) uses: usize,
    pub(super) used_at: Duration,
    /// Whether nobody is let in.
    pub(super) is_drained: bool,
    /// Whether it was made for its name, and can be made again.
    pub(super) is_made: bool,
    pub(super) directories: Directories,
    pub(super) arrival: usize,
}

/// What the process of a local server does, as far as the pool has to know. A remote one is always up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Down,
    /// It runs, or is being started.
    Up,
    /// It is being ended.
    GoingDown,
}

impl Member {
    /// Whether its process runs, as far as the pool has to know.
    pub(super) const fn is_live(&self) -> bool {
        self.source.is_local() && !matches!(self.phase, Phase::Down)
    }
}

/// A server that is to be ended.
#[must_use = "it does not end by itself, and nobody gets in before it has"]
pub(super) struct Ending {
    pub(super) name: String,
    pub(super) source: ServerSource,
}

/// How a server of a pool stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PooledServer {
    /// Its name.
    pub name: String,
    /// Whether this process starts and ends it.
    pub is_local: bool,
    /// Whether it is there: always, for one that is not local.
    pub is_up: bool,
    /// Whether it is being drained, or was.
    pub is_drained: bool,
    /// How many use it: turns, and calls about sessions.
    pub uses: usize,
    /// How many directories it was used for, and was not told to forget.
    pub directories: usize,
}
