//! Writes what a turn says while it says it, as `turn::recorder` does.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use opencode_store::event::EventLog;
use opencode_store::reply::{ReplyStore as _, SnapshotPolicy, Snapshotter};
use opencode_store::turn::Claim;
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::reply::{Change, ChangeKind, Reply};

use super::super::super::logbook::Logbook;
use super::super::Sim;

/// How long nothing is written after the store has failed.
const PAUSE: Duration = Duration::from_millis(500);
/// How often what was said is told.
const TELL_EVERY: Duration = Duration::from_millis(100);

pub(super) struct Recorder {
    sim: Sim,
    claim: Claim,
    rows: Snapshotter,
    log: Logbook,
    began: Duration,
    had_gap: bool,
    not_before: Duration,
}

impl Recorder {
    pub(super) fn new(sim: &Sim, claim: &Claim) -> Self {
        let events = Arc::clone(&sim.store) as Arc<dyn EventLog>;
        Self {
            sim: sim.clone(),
            claim: claim.clone(),
            rows: Snapshotter::new(SnapshotPolicy::default()),
            log: Logbook::new(events, claim, TELL_EVERY),
            began: sim.world.now(),
            had_gap: false,
            not_before: Duration::ZERO,
        }
    }

    fn elapsed(&self) -> Duration {
        self.sim.world.now() - self.began
    }

    pub(super) fn note(&mut self, change: &Change, reply: &Reply) {
        self.had_gap |= change.kind == ChangeKind::Gap;
        self.rows.note(change);
        self.log.note(change, reply, self.elapsed());
    }

    /// Waits until something is to be written.
    pub(super) async fn due(&self) {
        match self.rows.due_at().into_iter().chain(self.log.due_at()).min() {
            Some(at) => self.sim.world.sleep_until(self.began + at.max(self.not_before)).await,
            None => pending().await,
        }
    }

    /// Writes what is due.
    pub(super) async fn write_if_due(&mut self, reply: &Reply) -> Result<()> {
        let now = self.elapsed();
        if now < self.not_before {
            return Ok(());
        }
        let (rows, log) = self.write(reply, self.rows.is_due(now), self.log.is_due(now)).await;
        for written in [rows, log] {
            match written {
                Err(error) if error.kind() == ErrorKind::LeaseLost => return Err(error),
                Err(_) => self.not_before = self.elapsed() + PAUSE,
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// Writes rows, log or both at once.
    async fn write(&mut self, reply: &Reply, rows: bool, log: bool) -> (Result<()>, Result<()>) {
        let elapsed = self.elapsed();
        let (sim, claim, snapshotter, logbook) = (&self.sim, &self.claim, &mut self.rows, &mut self.log);
        let rows =
            async { if rows { write_rows(sim, claim, snapshotter, reply, elapsed).await } else { Ok(()) } };
        let log = async { if log { logbook.write(reply).await } else { Ok(()) } };
        tokio::join!(biased; rows, log)
    }

    /// Writes what was not written yet of a reply that has ended.
    pub(super) async fn finish(&mut self, reply: &Reply) -> Result<()> {
        if self.had_gap {
            self.rows.begin_anew(reply);
            self.log.begin_anew(reply);
        }
        let (rows, log) = self.write(reply, true, true).await;
        self.forgive(rows)?;
        self.forgive(log)
    }

    fn forgive(&self, written: Result<()>) -> Result<()> {
        match written {
            Err(error) if !error.is_transient() && error.kind() != ErrorKind::LeaseLost => {
                // The product says so and goes on. Here nothing is ever said that no store takes.
                report(&self.sim, &self.claim, &error);
                Ok(())
            }
            written => written,
        }
    }

    /// Takes note of what an earlier owner has stored.
    pub(super) async fn take_over(&mut self) -> Result<()> {
        let store = &self.sim.store;
        let stored = store.call("parts", store.memory.parts(self.claim.lease.turn)).await?;
        self.rows.note_stored(stored.iter().map(|part| &part.part_id));
        self.log.tell_stored(stored);
        Ok(())
    }

    /// Writes everything that there is now.
    pub(super) fn begin_anew(&mut self, reply: &Reply) {
        self.rows.hold_growing(reply);
        self.rows.begin_anew(reply);
        self.log.hold_growing(reply);
    }
}

async fn write_rows(
    sim: &Sim,
    claim: &Claim,
    rows: &mut Snapshotter,
    reply: &Reply,
    elapsed: Duration,
) -> Result<()> {
    let snapshot = rows.take(reply, elapsed);
    if snapshot.is_empty() {
        return Ok(());
    }
    let written = sim.store.call("write", sim.store.memory.write_snapshot(&claim.lease, &snapshot)).await;
    if let Err(error) = &written {
        if !error.is_transient() && error.kind() != ErrorKind::LeaseLost {
            report(sim, claim, error);
        }
        rows.begin_anew(reply);
    }
    written
}

fn report(sim: &Sim, claim: &Claim, error: &Error) {
    let turn = claim.turn.id;
    sim.world.violate(format!("G17: what turn {turn} said could not be stored: {error}"));
}
