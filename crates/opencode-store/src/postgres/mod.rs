//! PostgreSQL: one database for any number of machines.
//!
//! Without libpq. A transaction runs in a task of its own, so that a caller who goes away leaves none open. Admissions
//! that come in together are stored together. Waiting processes are woken by `NOTIFY`, on a connection of its own, so
//! that no commit waits for it.

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

pub use self::database::PostgresStore;
use self::database::PostgresStore as Database;
pub use self::options::PostgresOptions;
use self::tx::Tx;
