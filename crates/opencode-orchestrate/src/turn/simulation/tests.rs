//! Worlds by the thousand.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::plan::{LatePrompts, MERCY, Mercy};
use super::simulate;
use super::world::lock;

/// How many worlds are tried, unless `SIM_SEEDS` says otherwise.
const SEEDS: u64 = 10_000;

#[expect(clippy::disallowed_methods, reason = "whoever runs a test has nothing else to tell it by")]
fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value}")))
}

/// What many worlds have in common.
#[derive(Default)]
struct Sum {
    /// The lowest seed that broke something, and what.
    broken: Option<(u64, String)>,
    counts: BTreeMap<&'static str, u64>,
}

/// Tries worlds until all are done, or one is broken.
fn try_worlds(count: u64, mercy: Mercy) -> Sum {
    let (next, sum) = (AtomicU64::new(0), Mutex::new(Sum::default()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= count {
                return;
            }
            let report = simulate(seed, mercy, false);
            let mut sum = lock(&sum);
            for end in report.ends {
                *sum.counts.entry(end).or_default() += 1;
            }
            *sum.counts.entry("claims").or_default() += report.claims;
            *sum.counts.entry("take-overs").or_default() += report.take_overs;
            if let Some(violation) = report.violation {
                next.store(count, Ordering::Relaxed);
                if sum.broken.as_ref().is_none_or(|(lowest, _)| seed < *lowest) {
                    sum.broken = Some((seed, violation));
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    sum.into_inner().expect("no world panics")
}

/// Tries worlds, or only the one whose seed is in `SIM_SEED`, which then tells all that happens in it.
fn try_or_replay(count: u64, mercy: Mercy) -> Sum {
    let Some(seed) = number("SIM_SEED") else { return try_worlds(count, mercy) };
    let report = simulate(seed, mercy, true);
    panic!("{}seed {seed}: {}", report.trace, report.violation.as_deref().unwrap_or("nothing is broken"));
}

#[test]
fn g01_to_g18_hold_in_every_world() {
    let sum = try_or_replay(number("SIM_SEEDS").unwrap_or(SEEDS), MERCY);
    if let Some((seed, violation)) = sum.broken {
        let trace = simulate(seed, MERCY, true).trace;
        panic!(
            "{trace}seed {seed}: {violation}\nreplay it: SIM_SEED={seed} cargo test -p opencode-orchestrate --lib simulation::tests::g01_to_g18 -- --nocapture"
        );
    }
    // A world in which nothing happens breaks nothing either.
    for end in ["completed", "cancelled", "superseded", "failed", "lost", "limit", "take-overs"] {
        assert!(sum.counts.contains_key(end), "no {end}: {:?}", sum.counts);
    }
}

#[test]
fn a_world_is_the_same_whenever_it_is_made() {
    for seed in 0..50 {
        let [one, other] = [(); 2].map(|()| simulate(seed, MERCY, true).trace);
        assert!(one == other, "seed {seed} is not the same twice");
    }
}

/// Asserts that worlds without some mercy are broken in a certain way.
fn assert_broken(mercy: Mercy, how: &str) {
    let sum = try_or_replay(SEEDS, mercy);
    let (seed, violation) = sum.broken.expect("some world is broken");
    assert!(violation.contains(how), "seed {seed}: {violation}");
}

/// What the lease is for: a prompt that arrives after somebody else has taken over the turn is the second one.
#[test]
fn g01_is_seen_broken_where_prompts_outlive_leases() {
    assert_broken(Mercy { late_prompts: LatePrompts::Always }, "G01");
}
