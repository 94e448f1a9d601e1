//! How long a turn is ours, and what may be begun in that time.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How long a turn is ours, as far as it is known here.
///
/// A prompt must not arrive after its lease: whoever has the turn then has not found it on the server, and posts it. So
/// a lease is renewed when less than three fifths are left before a prompt is noted, nothing is posted with less than
/// half, and a post is given up after a quarter. The last quarter is for what is on its way then.
pub(super) struct Term {
    lease: Duration,
    /// As far as we have asked ourselves.
    held_until: Instant,
    /// As far as the keeper has.
    kept_until: watch::Receiver<Instant>,
}

impl Term {
    pub(super) fn new(lease: Duration, kept_until: watch::Receiver<Instant>) -> Self {
        Self { lease, held_until: Instant::now(), kept_until }
    }

    /// How long a lease is.
    pub(super) const fn lease(&self) -> Duration {
        self.lease
    }

    /// Whether it is to be renewed before a prompt is noted.
    pub(super) fn is_short(&self) -> bool {
        self.left() < self.lease * 3 / 5
    }

    /// Takes note that it was renewed by a request of this instant.
    pub(super) fn renewed(&mut self, asked: Instant) {
        self.held_until = asked + self.lease;
    }

    /// Whether there is time enough to post a prompt.
    pub(super) fn may_post(&self) -> bool {
        self.left() >= self.lease / 2
    }

    /// How long a prompt may take to be posted.
    pub(super) fn post_within(&self) -> Duration {
        self.lease / 4
    }

    fn left(&self) -> Duration {
        let held_until = self.held_until.max(*self.kept_until.borrow());
        held_until.saturating_duration_since(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn g01_what_is_posted_is_given_up_long_before_the_lease_ends() {
        let lease = Duration::from_secs(40);
        let (_keeper, kept_until) = watch::channel(Instant::now());
        let mut term = Term::new(lease, kept_until);
        assert!(term.is_short() && !term.may_post(), "nobody has renewed it");
        term.renewed(Instant::now());
        advance(lease * 2 / 5).await;
        assert!(!term.is_short());
        advance(Duration::from_secs(1)).await;
        assert!(term.is_short() && term.may_post());
        advance(lease / 10).await;
        assert!(!term.may_post());
        assert!(term.post_within() * 2 <= lease / 2, "half is left: one quarter to post, one on its way");
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_keeper_has_renewed_counts() {
        let lease = Duration::from_secs(40);
        let (keeper, kept_until) = watch::channel(Instant::now());
        let term = Term::new(lease, kept_until);
        keeper.send_replace(Instant::now() + lease);
        assert!(!term.is_short() && term.may_post());
    }
}
