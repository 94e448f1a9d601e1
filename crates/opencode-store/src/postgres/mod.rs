//! The store on PostgreSQL: one database for any number of machines.
#![doc = include_str!("../docs/postgres.md")]

mod admissions;
mod connect;
mod database;
mod dialect;
mod exchange;
mod idle;
mod options;
mod pool;
mod refused;
mod server_clock;
#[path = "../sql/mod.rs"]
mod sql;
mod tls;
mod tx;
mod unbound;

pub use self::database::PostgresStore;
use self::database::PostgresStore as Database;
pub use self::options::PostgresOptions;
use self::tx::Tx;
