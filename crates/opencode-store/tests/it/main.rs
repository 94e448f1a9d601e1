//! The integration tests of this crate: one binary.

#![expect(clippy::unwrap_used, reason = "a test shall fail where something is not as expected")]

#[cfg(all(feature = "fs", feature = "s3"))]
mod artifacts;
mod memory;
