//! What a seed decides before anything happens: how much there is to do, and how much goes wrong.

use std::time::Duration;

use super::world::World;

/// Which prompts still arrive after somebody else has claimed their turn.
///
/// That nobody's prompt does is what the carrier takes for granted when it asks the server for one that somebody was
/// about to post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LatePrompts {
    /// None: no prompt outlives the lease under which it was sent.
    Never,
    /// Those that live no longer than the client waits, which is shorter than a lease. It happens all the same: to a
    /// steer that is just being posted when its head ends, because its lease is ended with that; to whoever posts at
    /// the end of a lease; and to a worker that has stood still since it noted the prompt.
    WithinTimeout,
    /// Any: the network may hold a request back for longer than a lease.
    Always,
}

/// What never happens in a world, although it may in ours. Each is a gap of the product that is known, and that a test
/// sees open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mercy {
    pub(super) late_prompts: LatePrompts,
}

/// The worlds in which everything holds.
pub(super) const MERCY: Mercy = Mercy { late_prompts: LatePrompts::WithinTimeout };

/// How long things may take, and how often which fault happens, in percent.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) mercy: Mercy,
    pub(super) workers: u64,
    pub(super) subjects: u64,
    pub(super) turns: u64,
    /// From then on nothing fails any more.
    pub(super) faults_until: Duration,
    /// A request does not arrive.
    pub(super) request_lost: u64,
    /// A request arrives, and its answer does not.
    pub(super) answer_lost: u64,
    /// No connection can be made.
    pub(super) refused: u64,
    /// A request or an answer takes long.
    pub(super) slow: u64,
    /// A call of the store fails, before or after it was carried out.
    pub(super) store_fails: u64,
    /// A call of the store takes long.
    pub(super) store_slow: u64,
    /// An event is told twice.
    pub(super) told_twice: u64,
    /// How often an event stream breaks, in mean milliseconds between two times; 0 for never.
    pub(super) stream_breaks: u64,
    /// The same for the server.
    pub(super) server_dies: u64,
    /// The same for each worker.
    pub(super) worker_dies: u64,
    /// The same for a worker that stands still.
    pub(super) worker_stands_still: u64,
    /// How many sessions are lost.
    pub(super) sessions_lost: u64,
    /// A turn is asked to stop.
    pub(super) stops: u64,
    /// The model or the provider fails.
    pub(super) provider_fails: u64,
    /// A step asks for a permission.
    pub(super) asks: u64,
}

/// How long a worker's lease is.
pub(super) const LEASE: Duration = Duration::from_secs(10);
/// How long the client waits for an answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);
/// How long the stillness of a worker lasts at most, in milliseconds.
pub(super) const STILLNESS: u64 = 30_000;
/// After so long without a fault everything has come to an end.
pub(super) const PATIENCE: Duration = Duration::from_secs(1800);

impl Plan {
    /// Each kind of fault is absent from some worlds, so that it cannot hide what another one shows.
    pub(super) fn of(world: &World, mercy: Mercy) -> Self {
        let share = |most: u64| if world.chance(45) { 0 } else { world.pick(1..=most) };
        let mean = |least: u64| if world.chance(50) { 0 } else { world.pick(least..=least * 10) };
        Self {
            mercy,
            workers: world.pick(1..=3),
            subjects: world.pick(1..=2),
            turns: world.pick(1..=5),
            faults_until: world.millis(5_000..=60_000),
            request_lost: share(10),
            answer_lost: share(10),
            refused: share(10),
            slow: share(20),
            store_fails: share(10),
            store_slow: share(20),
            told_twice: share(20),
            stream_breaks: mean(1_500),
            server_dies: mean(4_000),
            worker_dies: mean(3_000),
            worker_stands_still: mean(4_000),
            sessions_lost: if world.chance(25) { world.pick(1..=2) } else { 0 },
            stops: share(40),
            provider_fails: share(15),
            asks: share(30),
        }
    }
}
