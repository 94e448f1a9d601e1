//! The integration tests of this crate: one binary.

#[cfg(all(feature = "fs", feature = "s3"))]
mod artifacts;
mod memory;
