//! How a PostgreSQL database is used.

use std::sync::Arc;
use std::time::Duration;

use opencode_wire::ids::Clock;

/// How a PostgreSQL database is used.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PostgresOptions {
    /// How many connections there are at most, apart from one that listens: 16.
    pub pool_size: usize,
    /// How long a call waits for a connection of the pool, and how long connecting may take: 10 seconds each.
    pub connect_timeout: Duration,
    /// How long a call may take in all: 30 seconds. The database may still finish what it was asked for.
    pub call_timeout: Duration,
    /// Certificates in PEM form that are trusted besides those that the operating system trusts.
    pub root_certificates: Option<Vec<u8>>,
    /// Where the time comes from; the database's own clock when there is none, so that the clocks of the machines need
    /// not agree.
    pub clock: Option<Arc<dyn Clock>>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            pool_size: 16,
            connect_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(30),
            root_certificates: None,
            clock: None,
        }
    }
}

impl PostgresOptions {
    /// Sets how many connections there are at most; at least one is.
    #[must_use]
    pub fn with_pool_size(mut self, size: usize) -> Self {
        self.pool_size = size;
        self
    }

    /// Sets how long a call waits for a connection of the pool, and how long connecting may take.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long a call may take in all.
    #[must_use]
    pub fn with_call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// Trusts these certificates, in PEM form, besides those that the operating system trusts.
    #[must_use]
    pub fn with_root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = Some(pem.into());
        self
    }

    /// Sets where the time comes from.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }
}
