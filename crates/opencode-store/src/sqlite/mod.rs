//! The store on SQLite: one file, no server, for one machine.
#![doc = include_str!("../docs/sqlite.md")]

mod connection;
mod database;
mod dialect;
mod job;
mod options;
mod readers;
#[path = "../sql/mod.rs"]
mod sql;
mod tx;
mod unbound;
mod unopened;
mod writer;

pub use self::database::SqliteStore;
use self::database::SqliteStore as Database;
pub use self::options::{Durability, SqliteOptions};
use self::tx::Tx;
