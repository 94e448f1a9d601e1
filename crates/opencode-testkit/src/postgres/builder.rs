//! How a PostgreSQL is to be made and started.

use std::time::Duration;

use super::Postgres;
use super::cluster::Cluster;
use super::error::PostgresError;

/// Choices about a [`Postgres`]; made by [`Postgres::builder`].
///
/// Without any choice: the server's own defaults, `fsync` among them, on a free port of
/// `127.0.0.1`, with the one user `opencode`, who needs no password.
#[derive(Clone)]
#[must_use = "a builder does nothing until `start` is called"]
pub struct PostgresBuilder {
    pub(super) settings: Vec<(String, String)>,
    pub(super) files: Vec<(String, Vec<u8>)>,
    pub(super) limit: Duration,
}

impl PostgresBuilder {
    pub(super) fn new() -> Self {
        Self { settings: Vec::new(), files: Vec::new(), limit: Duration::from_secs(60) }
    }

    /// Sets one of the server's parameters, as `-c name=value` does; the last call wins.
    ///
    /// A relative file name means the data directory, where [`data_file`](Self::data_file) puts
    /// files.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Whether a commit waits for the disk; on by default, because that is what users have.
    ///
    /// Without it a test that makes thousands of commits is several times as fast.
    /// A killed server keeps its commits in both cases: only a power cut would tell.
    pub fn fsync(self, fsync: bool) -> Self {
        self.setting("fsync", if fsync { "on" } else { "off" })
    }

    /// Puts a file into the data directory before the first start, readable for the server alone:
    /// a certificate, its key, a `pg_hba.conf`.
    pub fn data_file(mut self, name: impl Into<String>, contents: impl Into<Vec<u8>>) -> Self {
        self.files.push((name.into(), contents.into()));
        self
    }

    /// How long each start may take; 60 s, because a busy machine is no failure.
    pub fn ready_within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Makes a cluster, starts the server and waits until it accepts connections: one to three
    /// seconds.
    ///
    /// # Errors
    ///
    /// Every [`PostgresError`] but those about databases; one about a server that did start carries
    /// the end of its log in [`output`](PostgresError::output).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends what was started and deletes the files.
    pub async fn start(self) -> Result<Postgres, PostgresError> {
        Postgres::first_start(Cluster::create(self).await?).await
    }
}

impl std::fmt::Debug for PostgresBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.files.iter().map(|(name, _contents)| name.as_str()).collect();
        // The files' contents stay out: one of them may be a key.
        f.debug_struct("PostgresBuilder")
            .field("settings", &self.settings)
            .field("files", &names)
            .field("limit", &self.limit)
            .finish()
    }
}
