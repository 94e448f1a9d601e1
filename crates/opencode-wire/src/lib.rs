//! Types, SSE parser, reply and client for the OpenCode server: the wire, and nothing above it.

#[cfg(feature = "client")]
pub mod api;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "client")]
pub mod drive;
mod error;
pub mod event;
#[cfg(feature = "client")]
pub mod hub;
pub mod ids;
pub mod model;
pub mod reply;
pub mod sse;
pub mod turn;

#[cfg(feature = "client")]
pub use self::client::{Client, ClientBuilder};
pub use self::error::{Error, ErrorKind, Result};
