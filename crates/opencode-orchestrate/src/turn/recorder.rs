//! Writes what a turn says while it says it.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use opencode_store::Result;
use opencode_store::reply::{ReplyStore, SnapshotPolicy, Snapshotter};
use opencode_store::turn::Lease;
use opencode_wire::reply::{Change, ChangeKind, Reply};
use tokio::time::{Instant, sleep_until};

/// Writes what a turn says while it says it, as often as the policy wants.
pub(super) struct Recorder {
    replies: Arc<dyn ReplyStore>,
    lease: Lease,
    snapshotter: Snapshotter,
    began: Instant,
    /// Whether something may have been said that no change has told.
    had_gap: bool,
}

impl Recorder {
    pub(super) fn new(replies: Arc<dyn ReplyStore>, lease: Lease, policy: SnapshotPolicy) -> Self {
        Self { replies, lease, snapshotter: Snapshotter::new(policy), began: Instant::now(), had_gap: false }
    }

    pub(super) fn note(&mut self, change: &Change) {
        self.had_gap |= change.kind == ChangeKind::Gap;
        self.snapshotter.note(change);
    }

    /// Waits until something is to be written.
    pub(super) async fn due(&self) {
        match self.snapshotter.due_at() {
            Some(at) => sleep_until(self.began + at).await,
            None => pending().await,
        }
    }

    /// Writes what is due.
    pub(super) async fn write_if_due(&mut self, reply: &Reply) -> Result<()> {
        if self.snapshotter.is_due(self.elapsed()) { self.write(reply).await } else { Ok(()) }
    }

    /// Writes what was not written yet of a reply that has ended; all of it, if a stretch of the events was missed.
    pub(super) async fn finish(&mut self, reply: &Reply) -> Result<()> {
        if self.had_gap {
            self.snapshotter.begin_anew(reply);
        }
        self.write(reply).await
    }

    async fn write(&mut self, reply: &Reply) -> Result<()> {
        let snapshot = self.snapshotter.take(reply, self.elapsed());
        let written = self.replies.write_snapshot(&self.lease, &snapshot).await;
        if written.is_err() {
            // It is not known what of it is stored.
            self.snapshotter.begin_anew(reply);
        }
        written
    }

    /// Takes note of what an earlier owner has stored, and of all that is there now.
    pub(super) async fn take_over(&mut self, reply: &Reply) -> Result<()> {
        let stored = self.replies.parts(self.lease.turn).await?;
        self.snapshotter.note_stored(stored.iter().map(|part| &part.part_id));
        self.snapshotter.begin_anew(reply);
        Ok(())
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}
