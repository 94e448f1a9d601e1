//! The store on a SQLite file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use diesel::sqlite::SqliteConnection;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opencode_wire::ids::Clock;

use super::connection::{Connection, open_reader, open_writer};
use super::job::{Asked, Job, once, repeatable};
use super::readers::Reader;
use super::tx::Tx;
use super::writer::Writer;
use super::{SqliteOptions, sql, unopened};
use crate::db::failure::Failure;
use crate::doctor::Diagnosis;
use crate::error::{Error, ErrorKind, Result};
use crate::turn::{Admission, Admitted, Payload};
use crate::wake::Wakes;

/// The store on a SQLite file. Cheap to clone.
///
/// Any number of processes may use the file, on one machine. Its folder must be on a local disk: the locks of a
/// network file system are not to be trusted.
#[derive(Clone)]
pub struct SqliteStore {
    path: PathBuf,
    writes: Sender<Box<dyn Job>>,
    reads: Sender<Box<dyn Job>>,
    wakes: Wakes,
}

impl SqliteStore {
    /// Opens a file, and makes it if it is not there. Tables are made by `migrate()`.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) when the file cannot be opened, [`Corrupt`](ErrorKind::Corrupt) when it
    /// is no database, [`ReadOnly`](ErrorKind::ReadOnly) when it cannot be written, and
    /// [`SchemaTooNew`](ErrorKind::SchemaTooNew) when a newer version of this crate was here before.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future may leave an empty database.
    pub async fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            Self::start(path.clone(), &options).map_err(|error| unopened::explained(&path, error))
        })
        .await;
        let store = opened.map_err(|source| {
            Error::new(ErrorKind::Unavailable, "opening the database broke off").with_source(source)
        })??;
        store.check_version().await?;
        Ok(store)
    }

    fn start(path: PathBuf, options: &SqliteOptions) -> Result<Self> {
        let wakes = Wakes::default();
        let (writes, jobs) = channel();
        let writer = Writer {
            tx: transaction(open_writer(&path, options)?),
            jobs,
            wakes: wakes.clone(),
            clock: Arc::clone(&options.clock),
            busy_timeout: options.busy_timeout,
            poll: options.poll,
        };
        let (reads, jobs) = channel();
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..options.readers.max(1) {
            let tx = transaction(open_reader(&path, options)?);
            let clock: Arc<dyn Clock> = Arc::clone(&options.clock);
            let reader = Reader { tx, jobs: Arc::clone(&jobs), clock };
            spawn("opencode-store reader", move || reader.run())?;
        }
        spawn("opencode-store writer", move || writer.run())?;
        Ok(Self { path, writes, reads, wakes })
    }

    /// Runs a query that writes, together with others that have come in meanwhile.
    pub(super) async fn write<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
    {
        send(&self.writes, once(body)).await
    }

    /// Runs a query that writes in one statement elsewhere. Here it may be of several, and is run again when another
    /// one that came in with it is refused.
    pub(super) async fn write_statement<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
    {
        self.write_repeatable(body).await
    }

    /// Runs a query that writes, and is run again when another one that came in with it is refused.
    pub(super) async fn write_repeatable<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
    {
        send(&self.writes, repeatable(body)).await
    }

    /// Runs a query that reads.
    pub(super) async fn read<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, Failure>> + Send + 'static,
    {
        send(&self.reads, once(body)).await
    }

    pub(super) async fn admit_in_group(&self, admission: Admission, payload: Payload) -> Result<Admitted> {
        let given = Arc::new((admission, payload));
        self.write_statement(move |tx| {
            let given = Arc::clone(&given);
            async move { sql::admit(tx, &given.0, &given.1).await }.boxed()
        })
        .await
    }

    pub(super) fn wakes(&self) -> &Wakes {
        &self.wakes
    }

    pub(super) async fn look_around(&self) -> Diagnosis {
        let mut diagnosis = Diagnosis::default();
        diagnosis.fine(format!("SQLite file {}", self.path.display()));
        match self.read(|tx| super::dialect::quick_check(tx.conn()).boxed()).await {
            Ok(found) if found == "ok" => diagnosis.fine("the file is whole"),
            Ok(found) => diagnosis.broken(format!("the file is damaged: {found}")),
            Err(error) => diagnosis.broken(format!("the file cannot be read: {error}")),
        }
        match self.write(|tx| super::dialect::probe(tx.conn()).boxed()).await {
            Ok(()) => diagnosis.fine("the file can be written"),
            Err(error) => diagnosis.broken(format!("the file cannot be written: {error}")),
        }
        diagnosis
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

fn transaction(connection: SqliteConnection) -> Tx {
    Tx { connection: Connection::new(connection), now: 0, wakes: Vec::new() }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<()> {
    let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    spawned.map(drop).map_err(|source| {
        Error::new(ErrorKind::Unavailable, "the operating system gives no thread").with_source(source)
    })
}

async fn send<T>(queue: &Sender<Box<dyn Job>>, (job, answer): Asked<T>) -> Result<T> {
    let stopped = || Error::new(ErrorKind::Unavailable, "the thread that serves the database has stopped");
    queue.send(job).map_err(|_| stopped())?;
    answer.await.map_err(|_| stopped())?
}
