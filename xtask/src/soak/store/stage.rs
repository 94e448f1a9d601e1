//! What the workers share: a database, an OpenCode server, and a folder.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use opencode_testkit::postgres::Postgres;
use opencode_testkit::server::Server;
use tempfile::TempDir;

use super::Database;

/// What the workers share.
pub(super) struct Stage {
    server: Server,
    folder: TempDir,
    store: String,
    _postgres: Option<Postgres>,
}

impl Stage {
    /// Sets the stage for one database. Its tables are made by the first worker that comes.
    ///
    /// # Errors
    ///
    /// When there is no PostgreSQL, or it does not start.
    pub(super) async fn set(database: Database) -> Result<Self> {
        let server = Server::start().await;
        let folder = tempfile::Builder::new().prefix("soak-").tempdir()?;
        let (store, postgres) = match database {
            Database::Sqlite => (format!("sqlite://{}", folder.path().join("store.db").display()), None),
            Database::Postgres => {
                let builder = Postgres::builder().setting("max_connections", "200");
                let postgres = builder.start().await.context("there is no PostgreSQL to soak")?;
                (postgres.create_database("soak").await?, Some(postgres))
            }
        };
        Ok(Self { server, folder, store, _postgres: postgres })
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// What a process is told.
    pub(super) fn orders(&self, owner: &str, seed: u64) -> String {
        let (store, server, folder) = (&self.store, self.server.url(), self.folder.path());
        let orders = serde_json::json!({
            "store": store, "server": server, "folder": folder, "owner": owner, "seed": seed,
        });
        orders.to_string()
    }

    /// Leaves the folder where it is, for those who look for a fault.
    pub(super) fn keep(mut self) -> Result<PathBuf> {
        self.folder.disable_cleanup(true);
        Ok(self.folder.path().to_owned())
    }
}
