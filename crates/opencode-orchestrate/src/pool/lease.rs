//! The use of a server.

use std::sync::Arc;

use opencode_wire::Client;
use tokio::sync::OwnedSemaphorePermit;

use super::Inner;
use super::source::{Reached, ServerSource};

/// The use of a server of a pool: while this is there, the server is neither ended nor replaced by plan.
#[derive(Debug)]
#[must_use = "the server counts as idle when it is dropped"]
pub struct ServerLease {
    pub(super) entry: Entry,
    pub(super) source: ServerSource,
    pub(super) reached: Reached,
    pub(super) client: Client,
}

impl ServerLease {
    /// The name of the server.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.entry.name
    }

    /// The client, in the directory that was asked for.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits until the server is gone all the same, because it has died or was given up: whatever ran on it runs no
    /// more. Of a server that somebody else runs, nobody can tell.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn lost(&self) {
        self.source.lost(&self.reached).await;
    }

    pub(super) fn is_at(&self, name: &str, directory: Option<&str>) -> bool {
        self.entry.name == name && self.entry.directory.as_deref() == directory
    }
}

/// Somebody is in.
pub(super) struct Entry {
    pub(super) pool: Arc<Inner>,
    pub(super) name: String,
    pub(super) directory: Option<String>,
    /// Its place, if it is a turn.
    pub(super) _place: Option<OwnedSemaphorePermit>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.pool.leave(&self.name, self.directory.as_deref());
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}
