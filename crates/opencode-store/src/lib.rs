//! Sessions, turns, events and artifacts that survive.
#![cfg_attr(docsrs, feature(doc_cfg))]

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
pub use self::store::{Backend, Store};
