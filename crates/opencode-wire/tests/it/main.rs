//! The integration tests of this crate: one binary.

mod events;
mod sse;
#[cfg(feature = "client")]
mod turn;
