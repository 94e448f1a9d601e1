//! The traits of this crate over the queries.
//!
//! Nothing is decided here: arguments are checked and copied, because a query outlives a caller who goes away.

mod logs;
mod names;
mod requests;
mod sessions;
mod turns;

use async_trait::async_trait;
use futures_util::FutureExt as _;

use super::super::Database;
use super::{doctor, migrate};
use crate::db::migrations::CURRENT;
use crate::doctor::Diagnosis;
use crate::error::Result;
use crate::store::Backend;

#[async_trait]
impl Backend for Database {
    async fn migrate(&self) -> Result<()> {
        self.migrate_to(CURRENT).await
    }

    async fn diagnose(&self) -> Diagnosis {
        let mut diagnosis = self.look_around().await;
        match self.read(|tx| doctor::look(tx).boxed()).await {
            Ok(found) => diagnosis.findings.extend(found.findings),
            Err(error) => diagnosis.broken(format!("the tables cannot be read: {error}")),
        }
        diagnosis
    }
}

impl Database {
    async fn migrate_to(&self, version: i64) -> Result<()> {
        self.write(move |tx| migrate::up_to(tx, version).boxed()).await
    }

    /// Migrates up to an earlier version, for tests that begin with one.
    #[cfg(feature = "conformance")]
    #[doc(hidden)]
    pub async fn migrate_only_to(&self, version: i64) -> Result<()> {
        self.migrate_to(version).await
    }

    /// Refuses a database that a newer version of this crate has migrated.
    pub(crate) async fn check_version(&self) -> Result<()> {
        self.read(|tx| migrate::check_version(tx).boxed()).await
    }
}

/// A limit as the databases take it.
fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
