//! Sessions, turns, events and artifacts that survive.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod artifact;
pub mod blocker;
#[cfg(feature = "conformance")]
#[cfg_attr(docsrs, doc(cfg(feature = "conformance")))]
pub mod conformance;
pub mod doctor;
mod error;
pub mod event;
pub mod memory;
mod millis;
pub mod reply;
mod row_id;
pub mod session;
mod store;
mod text;
mod token;
pub mod turn;
pub mod wake;

pub use self::error::{Error, ErrorKind, Result};
pub(crate) use self::row_id::row_id;
pub use self::store::{Backend, Store};
