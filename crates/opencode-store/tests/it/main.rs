//! Every store against the suite, and what is special to each.

mod artifacts;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
