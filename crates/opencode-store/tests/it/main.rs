//! Every store against the suite, and what is special to each.

#![expect(clippy::unwrap_used, reason = "a test shall fail where something is not as expected")]

#[cfg(all(feature = "fs", feature = "s3"))]
mod artifacts;
mod memory;
#[cfg(feature = "sqlite")]
mod mount;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod place;
#[cfg(feature = "postgres")]
mod postgres;
mod recorded;
mod snapshots;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod steps;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod store;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod told;
