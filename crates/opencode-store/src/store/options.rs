//! How a store is opened.

use super::ArtifactPlace;

/// How a store is opened. Everything has a default.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct StoreOptions {
    /// How a SQLite file is used, for `sqlite://`.
    #[cfg(feature = "sqlite")]
    pub sqlite: crate::sqlite::SqliteOptions,
    /// How a PostgreSQL database is used, for `postgres://`.
    #[cfg(feature = "postgres")]
    pub postgres: crate::postgres::PostgresOptions,
    /// Where the bytes of artifacts are: beside a SQLite file, and nowhere for PostgreSQL.
    pub artifacts: ArtifactPlace,
}

impl StoreOptions {
    /// Sets how a SQLite file is used.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub fn with_sqlite(mut self, options: crate::sqlite::SqliteOptions) -> Self {
        self.sqlite = options;
        self
    }

    /// Sets how a PostgreSQL database is used.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn with_postgres(mut self, options: crate::postgres::PostgresOptions) -> Self {
        self.postgres = options;
        self
    }

    /// Sets where the bytes of artifacts are.
    #[must_use]
    pub fn with_artifacts(mut self, place: ArtifactPlace) -> Self {
        self.artifacts = place;
        self
    }
}
