//! Every store against the suite, and what is special to each.

#![expect(clippy::unwrap_used, reason = "a test shall fail where something is not as expected")]

#[cfg(all(feature = "fs", feature = "s3"))]
mod artifacts;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
