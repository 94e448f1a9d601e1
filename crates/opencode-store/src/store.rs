//! A store: everything that survives, behind one handle.

use std::sync::Arc;

use async_trait::async_trait;

use crate::artifact::ArtifactIndex;
use crate::blocker::BlockerStore;
use crate::doctor::Diagnosis;
use crate::error::Result;
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
#[derive(Debug, Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
}

impl Store {
    /// An empty store in the memory of this process, which ends with it.
    #[must_use]
    pub fn memory() -> Self {
        Self::from_backend(Arc::new(MemoryStore::new()))
    }

    /// A store over a database of the host's own.
    #[must_use]
    pub fn from_backend(backend: Arc<dyn Backend>) -> Self {
        Self { backend }
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
}
