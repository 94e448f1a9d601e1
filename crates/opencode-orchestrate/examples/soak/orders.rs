//! What a process is told, and the handles that it makes of that.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use opencode_orchestrate::upstream::ClientUpstream;
use opencode_store::postgres::PostgresOptions;
use opencode_store::session::Sessions;
use opencode_store::sqlite::SqliteOptions;
use opencode_store::{ArtifactPlace, Store, StoreOptions};
use opencode_wire::Client;
use opencode_wire::ids::{Clock, SystemClock};
use serde::Deserialize;

use crate::plan;

/// What a process is told.
#[derive(Debug, Deserialize)]
pub(crate) struct Orders {
    /// The URL of the store.
    pub(crate) store: String,
    /// The URL of the OpenCode server.
    pub(crate) server: String,
    /// The folder with the journals and the artifacts.
    pub(crate) folder: PathBuf,
    /// What the process is called; no two are called alike.
    pub(crate) owner: String,
    /// Where its chances come from.
    pub(crate) seed: u64,
}

/// The time at which every lease has ended and every grace, so that the check need not wait for it.
#[derive(Debug)]
struct Afterwards;

impl Clock for Afterwards {
    fn unix_millis(&self) -> u64 {
        SystemClock.unix_millis() + 3_600_000
    }
}

impl Orders {
    /// The folder of the journals.
    pub(crate) fn journals(&self) -> PathBuf {
        self.folder.join("journals")
    }

    /// The folder of the artifacts.
    pub(crate) fn artifacts(&self) -> PathBuf {
        self.folder.join("artifacts")
    }

    /// The store, as a worker has it.
    pub(crate) async fn open(&self) -> Result<Store> {
        Ok(Store::open_with(&self.store, self.options()).await?)
    }

    /// The store an hour later.
    pub(crate) async fn open_afterwards(&self) -> Result<Store> {
        let clock = Arc::new(Afterwards);
        let options = self
            .options()
            .with_sqlite(SqliteOptions::default().with_clock(Arc::clone(&clock) as _))
            .with_postgres(PostgresOptions::default().with_clock(clock));
        Ok(Store::open_with(&self.store, options).await?)
    }

    /// The sessions of a store on the server.
    pub(crate) fn sessions(&self, store: &Store) -> Result<(Sessions, ClientUpstream)> {
        let upstream = ClientUpstream::new(Client::builder().base_url(&self.server).build()?);
        let sessions = Sessions::new(store.sessions(), Arc::new(upstream.clone()));
        Ok((sessions.with_lease(plan::MINT_LEASE).with_grace(plan::MINT_GRACE), upstream))
    }

    fn options(&self) -> StoreOptions {
        StoreOptions::default()
            .with_postgres(PostgresOptions::default().with_pool_size(8))
            .with_artifacts(ArtifactPlace::Folder(self.artifacts()))
    }
}
