//! How turns are run.

use std::time::Duration;

use opencode_store::reply::SnapshotPolicy;
use opencode_wire::turn::FollowPolicy;

/// How turns are run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunOptions {
    /// How long a turn stays a worker's without a word of it: 30 seconds. The same as in the claim.
    ///
    /// A prompt gets a quarter of it to be posted, because the prompt of a worker that died is taken for lost when its lease
    /// has ended and the server does not have it.
    pub lease: Duration,
    /// How often what was said is stored as parts.
    pub snapshots: SnapshotPolicy,
    /// How often what was said is told to those who follow the turn: every 100 milliseconds. Zero tells each word by
    /// itself, as soon as it is heard, at the price of a transaction each.
    pub tell_every: Duration,
    /// How turns are followed, with their time limits.
    pub follow: FollowPolicy,
    /// How often at most [`TurnHooks::on_activity`](crate::hooks::TurnHooks::on_activity) is called: every 5 minutes.
    pub activity_every: Duration,
    /// What becomes of a turn whose answer was broken off by the death of its server: it ends as lost.
    pub broken_off: BrokenOff,
}

/// What becomes of a turn whose answer was broken off by the death of its server.
///
/// The server keeps its sessions, and what was said in them, and forgets what it was doing. So the next one has the
/// prompt and the beginning of an answer, and nothing works on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BrokenOff {
    /// It ends as [`Lost`](opencode_store::turn::EndKind::Lost), with what was said until then.
    #[default]
    End,
    /// The agent is told this in addition to the prompt, and goes on in the same turn.
    ///
    /// What a tool had done until then is done: the words should say that it may have to be looked at. A turn that was
    /// taken over for the eighth time ends, because it may itself be what kills its servers.
    GoOn(String),
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            snapshots: SnapshotPolicy::default(),
            tell_every: Duration::from_millis(100),
            follow: FollowPolicy::default(),
            activity_every: Duration::from_secs(300),
            broken_off: BrokenOff::default(),
        }
    }
}

impl RunOptions {
    /// Sets how long a turn stays a worker's without a word of it.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how often what was said is stored as parts.
    #[must_use]
    pub fn with_snapshots(mut self, policy: SnapshotPolicy) -> Self {
        self.snapshots = policy;
        self
    }

    /// Sets how often what was said is told to those who follow the turn.
    #[must_use]
    pub fn with_tell_every(mut self, time: Duration) -> Self {
        self.tell_every = time;
        self
    }

    /// Sets how turns are followed, with their time limits.
    #[must_use]
    pub fn with_follow(mut self, policy: FollowPolicy) -> Self {
        self.follow = policy;
        self
    }

    /// Sets how often at most the host is told that a turn is active.
    #[must_use]
    pub fn with_activity_every(mut self, time: Duration) -> Self {
        self.activity_every = time;
        self
    }

    /// Sets what becomes of a turn whose answer was broken off by the death of its server.
    #[must_use]
    pub fn with_broken_off(mut self, broken_off: BrokenOff) -> Self {
        self.broken_off = broken_off;
        self
    }
}
