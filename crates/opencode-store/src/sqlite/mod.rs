//! SQLite: one file, one writer that commits in groups, and a few readers.
//!
//! Several connections that write to one file starve each other: there is no queue, and who waits looks again after
//! ever longer naps. So all writes of a process go through one thread. It takes what has come in, does it in one
//! transaction, and answers when that is on disk; each job has a savepoint, so that one that fails takes no other
//! with it. A caller who goes away has asked for something that is done all the same, whole or not at all.

mod connection;
mod database;
mod dialect;
mod job;
mod options;
mod readers;
#[path = "../sql/mod.rs"]
mod sql;
mod tx;
mod unopened;
mod writer;

pub use self::database::SqliteStore;
use self::database::SqliteStore as Database;
pub use self::options::{Durability, SqliteOptions};
use self::tx::Tx;
