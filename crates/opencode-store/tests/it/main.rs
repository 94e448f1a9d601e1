//! Every store against the suite, and what is special to each.

#[cfg(all(feature = "fs", feature = "s3"))]
mod artifacts;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod snapshots;
#[cfg(feature = "sqlite")]
mod sqlite;
