//! Sessions, turns, events and artifacts that survive.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    all(feature = "sqlite", feature = "postgres"),
    expect(clippy::duplicate_mod, reason = "each query is written once, and checked against each database")
)]

pub mod artifact;
pub mod blocker;
#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "__sql")]
mod db;
pub mod doctor;
mod error;
pub mod event;
pub mod memory;
mod millis;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod reply;
mod row_id;
pub mod session;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;
mod text;
mod token;
pub mod turn;
pub mod wake;

pub use self::error::{Error, ErrorKind, Result};
pub(crate) use self::row_id::row_id;
pub use self::store::{ArtifactPlace, Backend, Store, StoreOptions};
