//! A store: everything that survives, behind one handle.

mod open;
mod options;
mod place;
mod retention;

use std::sync::Arc;

use async_trait::async_trait;

pub use self::options::StoreOptions;
pub use self::place::ArtifactPlace;
pub use self::retention::{Cleared, Retention};
use crate::artifact::{ArtifactIndex, ArtifactStore};
use crate::blocker::BlockerStore;
use crate::doctor::Diagnosis;
use crate::error::{Error, ErrorKind, Result};
use crate::event::EventLog;
use crate::memory::MemoryStore;
use crate::reply::ReplyStore;
use crate::session::SessionStore;
use crate::turn::TurnStore;

/// A whole database: every trait of this crate, and its care.
///
/// A host that brings tables of its own implements it, and makes a [`Store`] of it by [`Store::from_backend`].
#[async_trait]
pub trait Backend:
    SessionStore + TurnStore + ReplyStore + EventLog + BlockerStore + ArtifactIndex + Send + Sync + 'static
{
    /// Brings the tables up to date. One caller at a time does it, in whichever process; the others wait.
    ///
    /// # Errors
    ///
    /// [`SchemaTooNew`](crate::ErrorKind::SchemaTooNew) when a newer version of this crate was here before.
    async fn migrate(&self) -> Result<()>;

    /// Looks for what is wrong, without changing anything.
    async fn diagnose(&self) -> Diagnosis;
}

/// Everything that survives, behind one handle. Cheap to clone.
///
/// # Examples
///
/// ```
/// # async fn example() -> opencode_store::Result<()> {
/// use opencode_store::Store;
///
/// let store = Store::open("sqlite://app.db").await?;
/// store.migrate().await?;
/// println!("{}", store.doctor().await);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
    artifacts: Option<Arc<dyn ArtifactStore>>,
}

impl Store {
    /// Opens a store: `sqlite://path`, `postgres://user:password@host:port/database` or `memory:`.
    ///
    /// Artifacts are beside a SQLite file, in the folder `path.artifacts`; PostgreSQL has none unless a place is set by
    /// [`open_with`](Self::open_with).
    ///
    /// # Errors
    ///
    /// [`InvalidConfig`](ErrorKind::InvalidConfig) when the URL is none, or names a wrong password;
    /// [`Unsupported`](ErrorKind::Unsupported) when the feature for it is off;
    /// [`Unavailable`](ErrorKind::Unavailable) when the database cannot be reached or its file cannot be opened;
    /// [`Corrupt`](ErrorKind::Corrupt), [`ReadOnly`](ErrorKind::ReadOnly) and [`Full`](ErrorKind::Full) as they say;
    /// [`SchemaTooNew`](ErrorKind::SchemaTooNew) when a newer version of this crate was here before.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future may leave an empty SQLite file.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_with(url, StoreOptions::default()).await
    }

    /// Opens a store with options.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_with(url: &str, options: StoreOptions) -> Result<Self> {
        open::open(url, options).await
    }

    /// An empty store in the memory of this process, which ends with it.
    #[must_use]
    pub fn memory() -> Self {
        let store = Self::from_backend(Arc::new(MemoryStore::new()));
        let artifacts = crate::artifact::ObjectArtifacts::in_memory(store.artifact_index());
        store.with_artifacts(Arc::new(artifacts))
    }

    /// A store over a database of the host's own, without a place for artifacts.
    #[must_use]
    pub fn from_backend(backend: Arc<dyn Backend>) -> Self {
        Self { backend, artifacts: None }
    }

    /// Takes the artifacts of another implementation.
    #[must_use]
    pub fn with_artifacts(mut self, artifacts: Arc<dyn ArtifactStore>) -> Self {
        self.artifacts = Some(artifacts);
        self
    }

    /// Artifacts.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](ErrorKind::Unsupported) when the store was opened without a place for them.
    pub fn artifacts(&self) -> Result<Arc<dyn ArtifactStore>> {
        self.artifacts.clone().ok_or_else(|| {
            let message =
                "this store has no place for artifacts: open it with `StoreOptions::with_artifacts`";
            Error::new(ErrorKind::Unsupported, message)
        })
    }

    /// Sessions.
    #[must_use]
    pub fn sessions(&self) -> Arc<dyn SessionStore> {
        Arc::clone(&self.backend) as Arc<dyn SessionStore>
    }

    /// Turns.
    #[must_use]
    pub fn turns(&self) -> Arc<dyn TurnStore> {
        Arc::clone(&self.backend) as Arc<dyn TurnStore>
    }

    /// Parts and usage of turns.
    #[must_use]
    pub fn replies(&self) -> Arc<dyn ReplyStore> {
        Arc::clone(&self.backend) as Arc<dyn ReplyStore>
    }

    /// The logs of turns.
    #[must_use]
    pub fn events(&self) -> Arc<dyn EventLog> {
        Arc::clone(&self.backend) as Arc<dyn EventLog>
    }

    /// Questions and permission requests.
    #[must_use]
    pub fn blockers(&self) -> Arc<dyn BlockerStore> {
        Arc::clone(&self.backend) as Arc<dyn BlockerStore>
    }

    /// The names of artifacts.
    #[must_use]
    pub fn artifact_index(&self) -> Arc<dyn ArtifactIndex> {
        Arc::clone(&self.backend) as Arc<dyn ArtifactIndex>
    }

    /// Brings the tables up to date. To be called once after opening; callers in other processes wait for each other.
    ///
    /// # Errors
    ///
    /// [`SchemaTooNew`](crate::ErrorKind::SchemaTooNew) when a newer version of this crate was here before.
    pub async fn migrate(&self) -> Result<()> {
        self.backend.migrate().await
    }

    /// Says in words what is wrong, and what to do about it. Nothing is changed.
    pub async fn doctor(&self) -> Diagnosis {
        let mut diagnosis = self.backend.diagnose().await;
        match &self.artifacts {
            Some(artifacts) => diagnosis.findings.extend(artifacts.diagnose().await.findings),
            None => diagnosis.fine("no place for artifacts was set"),
        }
        diagnosis
    }
}
