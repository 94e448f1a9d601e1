//! The one thread that writes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _};
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
        self.tx.now = millis::now(self.clock.as_ref());
        let done = self.run_all(group).and_then(|()| self.execute("COMMIT"));
        if done.is_err() {
            // It is over already when the database itself has rolled back, as it does on a full disk.
            let _over = self.execute("ROLLBACK");
        }
        done
    }

    fn run_all(&mut self, group: &mut [Box<dyn Job>]) -> Result<()> {
        let is_alone = group.len() == 1;
        for job in group {
            let wakes = self.tx.wakes.len();
            if is_alone {
                if job.run(&mut self.tx).is_err() {
                    self.tx.wakes.clear();
                    // It is over already when the database itself has rolled back, as it does on a full disk.
                    let _over = self.execute("ROLLBACK");
                    return self.execute("BEGIN");
                }
                continue;
            }
            self.execute("SAVEPOINT job")?;
            if let Err(refused) = job.run(&mut self.tx) {
                self.tx.wakes.truncate(wakes);
                // When the database itself has rolled back, it has taken back the others' writes too, and they are told
                // why: for the reason of the one who met it.
                self.execute("ROLLBACK TO job").map_err(|_gone| refused)?;
            }
            self.execute("RELEASE job")?;
        }
        Ok(())
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
                begun => return begun,
            }
        }
    }

    fn execute(&mut self, statement: &str) -> Result<()> {
        match self.tx.conn().batch_execute(statement).now_or_never() {
            Some(done) => done.map_err(of_query),
            None => Err(Error::new(ErrorKind::Unavailable, "the database did not answer at once")),
        }
    }
}
