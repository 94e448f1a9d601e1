//! What a test does on a machine without PostgreSQL.

use super::builder::PostgresBuilder;
use super::error::PostgresError;
use super::{Database, Postgres};
use crate::machine::skip;

impl PostgresBuilder {
    /// [`start`](Self::start) for a test: `None`, after a line on the standard error, on a machine
    /// without PostgreSQL.
    ///
    /// # Panics
    ///
    /// Instead of skipping, where a skipped test would be a hole: with `OPENCODE_TEST_REQUIRE=1` or
    /// `CI=true`.
    /// And where there is a PostgreSQL that does not start: that is a failure and not an absence.
    pub async fn start_or_skip(self) -> Option<Postgres> {
        started_or_skipped(self.start().await)
    }
}

impl Database {
    /// [`fresh`](Self::fresh) for a test: `None`, after a line on the standard error, on a machine
    /// without PostgreSQL.
    ///
    /// # Panics
    ///
    /// As [`PostgresBuilder::start_or_skip`].
    pub async fn fresh_or_skip() -> Option<Self> {
        started_or_skipped(Self::fresh().await)
    }
}

#[expect(clippy::panic, reason = "this is an assertion of the calling test")]
fn started_or_skipped<T>(started: Result<T, PostgresError>) -> Option<T> {
    match started {
        Ok(started) => Some(started),
        Err(error) if error.is_unavailable() && !skip::is_forbidden() => {
            skip::say(&format!("SKIPPED, this test needs PostgreSQL: {error}"));
            None
        }
        Err(error) => {
            panic!("this test needs PostgreSQL: {}", skip::explain(&error, error.output()))
        }
    }
}
