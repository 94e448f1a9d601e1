//! The integration tests of this crate: one binary.

mod facade;
mod quickstart;
mod telemetry;
