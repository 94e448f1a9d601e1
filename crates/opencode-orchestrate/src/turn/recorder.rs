//! Writes what a turn says while it says it: its parts as rows, and its log for those who follow it.

use std::sync::Arc;
use std::time::Duration;

use opencode_store::event::EventLog;
use opencode_store::reply::{ReplyStore, Snapshotter};
use opencode_store::turn::{Claim, Lease};
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::reply::{Change, ChangeKind, Reply};

use super::RunOptions;
use super::logbook::Logbook;

/// Writes what a turn says while it says it.
///
/// A store that cannot be written for a moment costs a delay: what was not written is written the next time.
pub(super) struct Recorder {
    replies: Arc<dyn ReplyStore>,
    claim: Claim,
    rows: Snapshotter,
    log: Logbook,
    /// How long it has been recorded.
    elapsed: Elapsed,
    /// Whether something may have been said that no change has told.
    had_gap: bool,
    may_gather: bool,
    /// Before this nothing is written, because the store failed.
    not_before: Duration,
}

/// How long nothing is written after the store has failed.
const PAUSE: Duration = Duration::from_millis(500);

/// Tells how much time has passed since the recording began.
pub(super) type Elapsed = Box<dyn Fn() -> Duration + Send + Sync>;

impl Recorder {
    pub(super) fn new(
        replies: Arc<dyn ReplyStore>,
        events: Arc<dyn EventLog>,
        claim: &Claim,
        options: &RunOptions,
        elapsed: Elapsed,
    ) -> Self {
        Self {
            replies,
            claim: claim.clone(),
            rows: Snapshotter::new(options.snapshots),
            log: Logbook::new(events, claim, options.tell_every),
            elapsed,
            had_gap: false,
            may_gather: !options.tell_every.is_zero(),
            not_before: Duration::ZERO,
        }
    }

    pub(super) fn note(&mut self, change: &Change, reply: &Reply) {
        self.had_gap |= change.kind == ChangeKind::Gap;
        self.rows.note(change);
        self.log.note(change, reply, (self.elapsed)());
    }

    /// Whether several changes may be written at once. Not where each is told as soon as it comes: then what is written
    /// depends on what was said alone, and not on how fast it came.
    pub(super) fn may_gather(&self) -> bool {
        self.may_gather
    }

    /// When something is to be written, counted from the beginning of the recording.
    pub(super) fn due_at(&self) -> Option<Duration> {
        let at = self.rows.due_at().into_iter().chain(self.log.due_at()).min()?;
        Some(at.max(self.not_before))
    }

    /// Writes what is due.
    ///
    /// # Errors
    ///
    /// Only when the turn is somebody else's by now.
    pub(super) async fn write_if_due(&mut self, reply: &Reply) -> Result<()> {
        let now = (self.elapsed)();
        if now < self.not_before {
            return Ok(());
        }
        let (rows, log) = self.write(reply, self.rows.is_due(now), self.log.is_due(now)).await;
        for written in [rows, log] {
            match written {
                Err(error) if error.kind() == ErrorKind::LeaseLost => return Err(error),
                Err(error) => self.wait(&error),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// Writes rows, log or both: at once, because a store may commit together what comes together.
    async fn write(&mut self, reply: &Reply, rows: bool, log: bool) -> (Result<()>, Result<()>) {
        let (replies, lease, elapsed) = (&self.replies, &self.claim.lease, (self.elapsed)());
        let (snapshotter, logbook) = (&mut self.rows, &mut self.log);
        let rows = async move {
            if rows { write_rows(replies.as_ref(), lease, snapshotter, reply, elapsed).await } else { Ok(()) }
        };
        let log = async move { if log { logbook.write(reply).await } else { Ok(()) } };
        tokio::join!(rows, log)
    }

    /// Writes what was not written yet of a reply that has ended; all of it, if a stretch of the events was missed.
    ///
    /// # Errors
    ///
    /// When the store cannot be written now. What it will never take is reported, and no reason not to end the turn.
    pub(super) async fn finish(&mut self, reply: &Reply) -> Result<()> {
        if self.had_gap {
            self.rows.begin_anew(reply);
            self.log.begin_anew(reply);
        }
        let (rows, log) = self.write(reply, true, true).await;
        self.forgive(rows)?;
        self.forgive(log)
    }

    fn forgive(&mut self, written: Result<()>) -> Result<()> {
        match written {
            Err(error) if !error.is_transient() && error.kind() != ErrorKind::LeaseLost => {
                self.wait(&error);
                Ok(())
            }
            written => written,
        }
    }

    fn wait(&mut self, error: &Error) {
        tracing::warn!(turn = %self.claim.turn.id, error = error as &dyn std::error::Error, "what a turn said could not be stored");
        self.not_before = (self.elapsed)() + PAUSE;
    }

    /// Takes note of what an earlier owner has stored. It stays until the server has told what there is, so that
    /// whoever reads it meanwhile does not see it go: then [`begin_anew`](Self::begin_anew) compares the two.
    pub(super) async fn take_over(&mut self) -> Result<()> {
        let stored = self.replies.parts(self.claim.lease.turn).await?;
        self.rows.note_stored(stored.iter().map(|part| &part.part_id));
        self.log.tell_stored(stored);
        Ok(())
    }

    /// Writes everything that there is now, and removes what is stored of anything else. What grows at the moment
    /// stays as it is stored until it is whole.
    pub(super) fn begin_anew(&mut self, reply: &Reply) {
        self.rows.hold_growing(reply);
        self.rows.begin_anew(reply);
        self.log.hold_growing(reply);
    }
}

async fn write_rows(
    replies: &dyn ReplyStore,
    lease: &Lease,
    rows: &mut Snapshotter,
    reply: &Reply,
    elapsed: Duration,
) -> Result<()> {
    let snapshot = rows.take(reply, elapsed);
    if snapshot.is_empty() {
        return Ok(());
    }
    let written = replies.write_snapshot(lease, &snapshot).await;
    if written.is_err() {
        // It is not known what of it is stored.
        rows.begin_anew(reply);
    }
    written
}
