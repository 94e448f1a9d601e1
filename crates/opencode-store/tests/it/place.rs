//! A database that a case has for itself, of whichever kind.

use std::path::PathBuf;
use std::sync::Arc;

use opencode_store::conformance::ManualClock;
#[cfg(feature = "postgres")]
use opencode_store::postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
use opencode_store::sqlite::{SqliteOptions, SqliteStore};
use opencode_store::{Result, Store};

/// A database that a case has for itself.
pub(crate) enum Place {
    #[cfg(feature = "sqlite")]
    File(tempfile::TempDir),
    #[cfg(feature = "postgres")]
    Database(opencode_testkit::postgres::Database),
}

impl Place {
    #[cfg(feature = "sqlite")]
    #[expect(clippy::unused_async, reason = "the other kind has to wait")]
    pub(crate) async fn file() -> Option<Self> {
        Some(Self::File(tempfile::tempdir().unwrap()))
    }

    #[cfg(feature = "postgres")]
    pub(crate) async fn database() -> Option<Self> {
        opencode_testkit::postgres::Database::fresh_or_skip().await.map(Self::Database)
    }

    /// A handle of its own, as another process would have, with as few connections as there may be.
    pub(crate) async fn open(&self) -> Store {
        self.try_open(None, None).await.unwrap()
    }

    /// A handle after the tables were made.
    pub(crate) async fn migrated(&self) -> Store {
        let store = self.open().await;
        store.migrate().await.unwrap();
        store
    }

    pub(crate) async fn open_at(&self, clock: &ManualClock) -> Store {
        self.try_open(Some(clock.clone()), None).await.unwrap()
    }

    /// A handle after the tables were brought up to a version and no further.
    pub(crate) async fn open_of_version(&self, version: i64) -> Store {
        self.try_open(None, Some(version)).await.unwrap()
    }

    pub(crate) async fn try_open(&self, clock: Option<ManualClock>, version: Option<i64>) -> Result<Store> {
        Ok(match self {
            #[cfg(feature = "sqlite")]
            Self::File(folder) => {
                let mut options = SqliteOptions::default().with_readers(1);
                if let Some(clock) = clock {
                    options = options.with_clock(Arc::new(clock));
                }
                let store = SqliteStore::open(file_in(folder), options).await?;
                if let Some(version) = version {
                    store.migrate_only_to(version).await?;
                }
                Store::from_backend(Arc::new(store))
            }
            #[cfg(feature = "postgres")]
            Self::Database(database) => {
                let mut options = PostgresOptions::default().with_pool_size(2);
                if let Some(clock) = clock {
                    options = options.with_clock(Arc::new(clock));
                }
                let store = PostgresStore::open(database.url(), options).await?;
                if let Some(version) = version {
                    store.migrate_only_to(version).await?;
                }
                Store::from_backend(Arc::new(store))
            }
        })
    }

    /// Runs statements as another program would.
    pub(crate) async fn run(&self, statements: &str) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::File(folder) => crate::sqlite::raw(&file_in(folder), statements),
            #[cfg(feature = "postgres")]
            Self::Database(database) => crate::postgres::raw(database.url(), statements).await,
        }
    }
}

#[cfg(feature = "sqlite")]
fn file_in(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("store.db")
}
