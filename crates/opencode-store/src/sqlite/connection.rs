//! A connection whose calls are done when they return.

use std::error::Error as StdError;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, ConnectionError};
use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use futures_util::future::{BoxFuture, FutureExt as _, ready};

use super::SqliteOptions;
use crate::db::failure::{of_connection, of_query};
use crate::error::{Error, ErrorKind, Result};

/// How long whoever opens a file waits before trying again.
const NAP: Duration = Duration::from_millis(2);

/// After how many pages of 4 KiB in the log they are copied to the file. The same pages are written again and again, so
/// copying them less often than after 1000 pages, as SQLite does by itself, made single admissions a third faster.
const CHECKPOINT: u32 = 4000;

/// A connection whose futures are ready at once.
///
/// The queries are written for an asynchronous connection. Here they run on threads of our own, where blocking is
/// what a thread is for, and a whole transaction costs no change of thread.
pub(super) type Connection = SyncConnectionWrapper<SqliteConnection, Inline>;

/// Runs a blocking call where it is.
#[derive(Debug)]
pub(super) struct Inline;

impl SpawnBlocking for Inline {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn StdError + Send + Sync + 'static>>>
    where
        R: Send + 'static,
    {
        ready(Ok(task())).boxed()
    }

    fn get_runtime() -> Self {
        Self
    }
}

/// Opens the file for the writer, and makes it if it is not there.
pub(super) fn open_writer(path: &Path, options: &SqliteOptions) -> Result<SqliteConnection> {
    let mut connection = establish(path)?;
    let synchronous = options.durability.pragma();
    let busy = options.busy_timeout.as_millis();
    let settings = format!(
        "PRAGMA busy_timeout = {busy}; PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; \
         PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = {CHECKPOINT}; PRAGMA journal_size_limit = 67108864;",
    );
    patiently(&mut connection, &settings, options)?;
    // Whether the file can be written is known only when it is.
    patiently(&mut connection, "BEGIN IMMEDIATE; COMMIT", options)?;
    // From here on the writer itself waits for writers of other processes, in shorter naps.
    connection.batch_execute("PRAGMA busy_timeout = 0").map_err(of_query)?;
    Ok(connection)
}

/// Runs statements until nobody else is in the way.
///
/// SQLite itself does not wait when several connections make one file a WAL file at once.
fn patiently(connection: &mut SqliteConnection, statements: &str, options: &SqliteOptions) -> Result<()> {
    let deadline = Instant::now() + options.busy_timeout;
    loop {
        match connection.batch_execute(statements) {
            // It is the one error that passes by itself.
            Err(error) if error.to_string().contains("locked") && Instant::now() < deadline => {
                std::thread::sleep(NAP);
            }
            done => return done.map_err(of_query),
        }
    }
}

/// Opens the file for a reader.
pub(super) fn open_reader(path: &Path, options: &SqliteOptions) -> Result<SqliteConnection> {
    let mut connection = establish(path)?;
    let busy = options.busy_timeout.as_millis();
    let settings =
        format!("PRAGMA busy_timeout = {busy}; PRAGMA cache_size = -8000; PRAGMA query_only = ON;");
    connection.batch_execute(&settings).map_err(of_query)?;
    Ok(connection)
}

fn establish(path: &Path) -> Result<SqliteConnection> {
    let invalid = |message: &str| Err(Error::new(ErrorKind::InvalidConfig, message));
    let Some(text) = path.to_str() else { return invalid("the path of the database is not valid Unicode") };
    if text.contains('\0') {
        return invalid("the path of the database has a NUL in it");
    }
    // A path that begins like this would be read as a URI of SQLite's own.
    let text = if text.starts_with("file:") { format!("./{text}") } else { text.to_owned() };
    SqliteConnection::establish(&text).map_err(|error| match error {
        ConnectionError::CouldntSetupConfiguration(error) => of_query(error),
        error => of_connection(error),
    })
}
