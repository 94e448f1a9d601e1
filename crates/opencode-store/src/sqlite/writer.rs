//! The one thread that writes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use opencode_wire::ids::Clock;

use super::job::Job;
use super::tx::Tx;
use crate::db::failure::of_query;
use crate::error::{Error, ErrorKind, Result};
use crate::millis;
use crate::wake::Wakes;

/// How many jobs are committed together. More would let the first of them wait too long.
const GROUP: usize = 256;
/// The first nap while another process writes; each is twice as long as the one before.
const FIRST_NAP: Duration = Duration::from_micros(100);
const LONGEST_NAP: Duration = Duration::from_millis(4);

/// The one thread that writes.
pub(super) struct Writer {
    pub(super) tx: Tx,
    pub(super) jobs: Receiver<Box<dyn Job>>,
    pub(super) wakes: Wakes,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) busy_timeout: Duration,
    pub(super) poll: Duration,
}

impl Writer {
    /// Works until the last handle of the store is gone.
    pub(super) fn run(mut self) {
        let mut version = self.foreign_version();
        loop {
            match self.jobs.recv_timeout(self.poll) {
                Ok(first) => {
                    let mut group = vec![first];
                    group.extend(self.jobs.try_iter().take(GROUP - 1));
                    self.commit(group);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.wakes.is_watched() {
                let now = self.foreign_version();
                if now != version {
                    version = now;
                    self.wakes.wake_all();
                }
            }
        }
    }

    /// A number that changes when another connection commits, and not when we do.
    fn foreign_version(&mut self) -> Option<i64> {
        #[derive(QueryableByName)]
        struct Version {
            #[diesel(sql_type = BigInt)]
            data_version: i64,
        }
        let version = diesel::sql_query("PRAGMA data_version").get_result::<Version>(self.tx.conn());
        version.now_or_never()?.ok().map(|version| version.data_version)
    }

    fn commit(&mut self, mut group: Vec<Box<dyn Job>>) {
        let stored = self.transaction(&mut group);
        match &stored {
            Ok(()) => {
                let topics = std::mem::take(&mut self.tx.wakes);
                for job in group {
                    job.answer(Ok(()));
                }
                for topic in topics {
                    self.wakes.wake(topic);
                }
            }
            Err(error) => {
                self.tx.wakes.clear();
                for job in group {
                    job.answer(Err(error.duplicate()));
                }
            }
        }
    }

    fn transaction(&mut self, group: &mut [Box<dyn Job>]) -> Result<()> {
        self.begin()?;
        let done = self.run_all(group).and_then(|()| self.execute("COMMIT"));
        if done.is_err() {
            // It is over already when the database itself has rolled back, as it does on a full disk.
            let _over = self.execute("ROLLBACK");
        }
        done
    }

    /// Runs those first that can be run again, without savepoints: SQLite keeps a copy of every page that is changed in
    /// one. When one of them is refused, the others are run again, each in a savepoint.
    fn run_all(&mut self, group: &mut [Box<dyn Job>]) -> Result<()> {
        group.sort_by_key(|job| !job.is_repeatable());
        let repeatable = group.partition_point(|job| job.is_repeatable());
        let is_alone = group.len() == 1;
        let (together, each) = group.split_at_mut(if is_alone { 1 } else { repeatable });
        if let Some(refused) = together.iter_mut().position(|job| job.run(&mut self.tx).is_err()) {
            self.tx.wakes.clear();
            // It is over already when the database itself has rolled back, as it does on a full disk.
            let _over = self.execute("ROLLBACK");
            if is_alone {
                return self.execute("BEGIN");
            }
            self.begin()?;
            let (before, rest) = together.split_at_mut(refused);
            for job in before.iter_mut().chain(rest.iter_mut().skip(1)) {
                self.run_in_savepoint(job.as_mut())?;
            }
        }
        each.iter_mut().try_for_each(|job| self.run_in_savepoint(job.as_mut()))
    }

    fn run_in_savepoint(&mut self, job: &mut dyn Job) -> Result<()> {
        let wakes = self.tx.wakes.len();
        self.execute("SAVEPOINT job")?;
        if let Err(refused) = job.run(&mut self.tx) {
            self.tx.wakes.truncate(wakes);
            // When the database itself has rolled back, it has taken back the others' writes too, and they are told
            // why: for the reason of the one who met it.
            self.execute("ROLLBACK TO job").map_err(|_gone| refused)?;
        }
        self.execute("RELEASE job")
    }

    /// Begins, as soon as no other process writes.
    fn begin(&mut self) -> Result<()> {
        let deadline = Instant::now() + self.busy_timeout;
        let mut nap = FIRST_NAP;
        loop {
            match self.execute("BEGIN IMMEDIATE") {
                Err(error) if error.kind() == ErrorKind::Unavailable && Instant::now() < deadline => {
                    std::thread::sleep(nap);
                    nap = (nap * 2).min(LONGEST_NAP);
                }
                begun => {
                    self.tx.now = millis::now(self.clock.as_ref());
                    return begun;
                }
            }
        }
    }

    fn execute(&mut self, command: &'static str) -> Result<()> {
        match Command(command).execute(self.tx.conn()).now_or_never() {
            Some(done) => done.map(drop).map_err(of_query),
            None => Err(Error::new(ErrorKind::Unavailable, "the database did not answer at once")),
        }
    }
}

/// A statement without values, which is prepared once.
struct Command(&'static str);

impl QueryId for Command {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Command {
    type SqlType = ();
}

impl QueryFragment<Sqlite> for Command {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}
