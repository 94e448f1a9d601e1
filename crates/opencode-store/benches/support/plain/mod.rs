//! The same rows by the plain driver: as little as anybody must do.

mod postgres;
mod sqlite;

use std::path::Path;
use std::sync::Arc;

use self::postgres::PlainPostgres;
use self::sqlite::PlainSqlite;

/// A plain peer, with the same tables and indexes in a database of its own.
#[derive(Clone)]
pub(crate) enum Plain {
    Sqlite(Arc<PlainSqlite>),
    Postgres(Arc<PlainPostgres>),
}

impl Plain {
    pub(super) fn sqlite(path: &Path, is_full: bool) -> Self {
        Self::Sqlite(Arc::new(PlainSqlite::open(path, is_full)))
    }

    pub(super) async fn postgres(url: &str) -> Self {
        Self::Postgres(Arc::new(PlainPostgres::open(url).await))
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "rusqlite 0.40",
            Self::Postgres(_) => "tokio-postgres 0.7",
        }
    }

    /// Admits for a while: one commit for each session with its turn. Gives how many a second.
    pub(crate) async fn admissions(&self, callers: usize) -> f64 {
        match self {
            Self::Sqlite(plain) => blocking(plain, move |plain| plain.admissions(callers)).await,
            Self::Postgres(plain) => plain.admissions(callers).await,
        }
    }

    /// Claims and ends turns for a while, of which so many are added before.
    pub(crate) async fn turns(&self, workers: usize, stock: usize) -> f64 {
        match self {
            Self::Sqlite(plain) => blocking(plain, move |plain| plain.turns(workers, stock)).await,
            Self::Postgres(plain) => plain.turns(workers, stock).await,
        }
    }

    /// Inserts a row for each of new keys, or reads it where another of the racers was faster, for a while.
    pub(crate) async fn insert_or_get(&self, racers: usize) -> f64 {
        match self {
            Self::Sqlite(plain) => blocking(plain, move |plain| plain.insert_or_get(racers)).await,
            Self::Postgres(plain) => plain.insert_or_get(racers).await,
        }
    }

    /// Appends events for a while, so many in one commit.
    pub(crate) async fn appends(&self, batch: usize) -> f64 {
        match self {
            Self::Sqlite(plain) => blocking(plain, move |plain| plain.appends(batch)).await,
            Self::Postgres(plain) => plain.appends(batch).await,
        }
    }

    /// Reads all events of a turn, which it has appended before.
    pub(crate) async fn replay(&self, turn: i64) -> usize {
        match self {
            Self::Sqlite(plain) => blocking(plain, move |plain| plain.replay(turn)).await,
            Self::Postgres(plain) => plain.replay(turn).await,
        }
    }

    /// Stores a turn with so many events.
    pub(crate) async fn store_events(&self, turn: i64, count: u64) {
        match self {
            Self::Sqlite(plain) => blocking(plain, move |plain| plain.store_events(turn, count)).await,
            Self::Postgres(plain) => plain.store_events(turn, count).await,
        }
    }
}

async fn blocking<T: Send + 'static>(
    plain: &Arc<PlainSqlite>,
    work: impl FnOnce(&PlainSqlite) -> T + Send + 'static,
) -> T {
    let plain = Arc::clone(plain);
    tokio::task::spawn_blocking(move || work(&plain)).await.expect("a peer does not panic")
}
