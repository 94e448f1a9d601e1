//! The launchers of what a host needs besides OpenCode: a database, an object store.
//!
//! Skipped with a line on the standard error where there is none; under `cargo xtask test` the
//! names of the modules decide the tier.

mod postgres;
mod s3;
mod session;
