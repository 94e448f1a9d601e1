//! A real PostgreSQL of one's own: made in a temporary directory, started, and gone with its owner.
//!
//! ```no_run
//! # async fn example() {
//! use opencode_testkit::postgres::Postgres;
//!
//! // `None`, after a line that says why, on a machine without PostgreSQL.
//! let Some(mut postgres) = Postgres::builder().setting("max_connections", "200").start_or_skip().await
//! else {
//!     return;
//! };
//! let url = postgres.create_database("ledger").await.expect("a database");
//! println!("{url}");
//!
//! // What a crash does to a client, and to what it has stored.
//! postgres.kill().await;
//! postgres.start().await.expect("the same port and data");
//! # }
//! ```
//!
//! A test that does not care which server it talks to takes a [`Database`], so that a whole run
//! can share one server.
//!
//! # Which programs
//!
//! Those in the directory that `OPENCODE_TEST_PG_BIN` names, else those on the `PATH`, else the
//! newest installation in the usual places of Linux distributions and of Homebrew, else what
//! `pg_config` says.
//!
//! The server refuses to run as root, so that root's runs as `postgres`, or else as `nobody`.

mod account;
mod builder;
mod cluster;
mod database;
mod error;
mod launch;
mod postmaster;
mod programs;
mod skip;

use std::path::{Path, PathBuf};

use self::cluster::Cluster;
use self::postmaster::Postmaster;

pub use self::builder::PostgresBuilder;
pub use self::database::{Database, URL_VARIABLE};
pub use self::error::PostgresError;

/// The superuser, who needs no password.
const USER: &str = "opencode";

/// A PostgreSQL server with a cluster of its own, on `127.0.0.1`.
///
/// Dropping it shuts the server down at once, waits until all of its processes are gone, and
/// deletes its files; a guard does the same where the owner is killed.
#[derive(Debug)]
pub struct Postgres {
    // Declared before the cluster, whose files must outlive it.
    running: Option<Postmaster>,
    port: u16,
    url: String,
    cluster: Cluster,
}

impl Postgres {
    /// Choices first, then [`start`](PostgresBuilder::start) or
    /// [`start_or_skip`](PostgresBuilder::start_or_skip).
    pub fn builder() -> PostgresBuilder {
        PostgresBuilder::new()
    }

    /// The superuser's address of the database `postgres`:
    /// `postgres://opencode@127.0.0.1:PORT/postgres`; it stays the same when the server is started
    /// again.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port in [`url`](Self::url).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The cluster's directory, for looking at; its owner may be another account.
    #[must_use]
    pub fn data_directory(&self) -> PathBuf {
        self.cluster.data()
    }

    /// The directory with the Unix socket, by which a client gets around TCP.
    #[must_use]
    pub fn socket_directory(&self) -> &Path {
        self.cluster.root()
    }

    /// The end of the server's log since its last start, 32 KiB at most; empty while it is stopped.
    #[must_use]
    pub fn log(&self) -> String {
        self.running.as_ref().map(Postmaster::log).unwrap_or_default()
    }

    /// Makes an empty database and returns its address.
    ///
    /// # Errors
    ///
    /// [`PostgresError::BadName`] for a name that is more than lower-case letters, digits and `_`,
    /// and [`PostgresError::Database`] where the server is stopped or has one of that name.
    ///
    /// # Cancel safety
    ///
    /// After a dropped future the database may be there or not.
    pub async fn create_database(&self, name: &str) -> Result<String, PostgresError> {
        database::create(self.cluster.command("createdb"), &self.url, name).await
    }

    /// Ends all sessions and shuts down in order, as a restart for maintenance does.
    ///
    /// Does nothing while the server is stopped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future shuts down at once instead.
    pub async fn stop(&mut self) {
        if let Some(postmaster) = self.running.take() {
            postmaster.stop().await;
        }
    }

    /// Kills the server as a crash does: nobody is told, nothing is written, and the next start has
    /// to recover.
    ///
    /// Waits until every process is gone, which those that serve a session see to themselves.
    /// One that is busy may take up to a few seconds.
    ///
    /// # Cancel safety
    ///
    /// The signal is sent by the first poll; dropping the future ends the waiting.
    pub async fn kill(&mut self) {
        if let Some(postmaster) = self.running.take() {
            postmaster.kill().await;
        }
    }

    /// Starts the server again on the same port and data; a running one is left alone.
    ///
    /// # Errors
    ///
    /// As [`PostgresBuilder::start`]; the server is then not running.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends what was started.
    pub async fn start(&mut self) -> Result<(), PostgresError> {
        if self.running.as_ref().is_some_and(Postmaster::is_running) {
            return Ok(());
        }
        // One that has ended by itself still has a guard, which must not watch over the next.
        self.running = None;
        self.running = Some(launch::again(&self.cluster, self.port).await?);
        Ok(())
    }

    async fn first_start(cluster: Cluster) -> Result<Self, PostgresError> {
        let (port, postmaster) = launch::somewhere(&cluster).await?;
        let url = format!("postgres://{USER}@127.0.0.1:{port}/postgres");
        Ok(Self { running: Some(postmaster), port, url, cluster })
    }
}
