//! Callers that do something again and again for a while.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

/// How long a load lasts.
const SPAN: Duration = Duration::from_millis(500);
/// Odd, so that there is a median.
const ROUNDS: usize = 5;

/// What came of a load.
#[derive(Debug, Clone, Default)]
pub(crate) struct Load {
    /// How much was done a second.
    pub(crate) rate: f64,
    /// How long the calls took, in seconds, the shortest first.
    pub(crate) waits: Vec<f64>,
}

/// Lets so many callers call again and again; each call says how much it has done.
pub(crate) async fn load<C, F>(callers: usize, call: C) -> Load
where
    C: Fn(usize) -> F + Clone + Send + 'static,
    F: Future<Output = usize> + Send,
{
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for caller in 0..callers {
        let call = call.clone();
        tasks.spawn(async move {
            let (mut done, mut waits) = (0, Vec::new());
            while start.elapsed() < SPAN {
                let begun = Instant::now();
                done += call(caller).await;
                waits.push(begun.elapsed().as_secs_f64());
            }
            (done, waits)
        });
    }
    let (mut done, mut waits) = (0, Vec::new());
    while let Some(caller) = tasks.join_next().await {
        let (its, mut its_waits) = caller.expect("a caller does not panic");
        done += its;
        waits.append(&mut its_waits);
    }
    waits.sort_by(f64::total_cmp);
    Load { rate: rate(done, start), waits }
}

/// Runs the same on threads, for what blocks.
pub(super) fn load_threads(callers: usize, call: impl Fn(usize) -> usize + Sync) -> f64 {
    let start = Instant::now();
    let done: usize = std::thread::scope(|scope| {
        let call = &call;
        let callers: Vec<_> = (0..callers)
            .map(|caller| {
                scope.spawn(move || {
                    let mut done = 0;
                    while start.elapsed() < SPAN {
                        done += call(caller);
                    }
                    done
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().expect("a caller does not panic")).sum()
    });
    rate(done, start)
}

/// Lets us and a peer take turns; gives our median rate with the waits of all rounds, and the peer's median rate.
pub(crate) async fn take_turns(
    mut ours: impl AsyncFnMut() -> Load,
    mut peer: impl AsyncFnMut() -> f64,
) -> (Load, f64) {
    let (mut rates, mut peers, mut waits) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (load, rate) = (ours().await, peer().await);
        // The first round only warms up.
        if round > 0 {
            rates.push(load.rate);
            peers.push(rate);
            waits.extend(load.waits);
        }
    }
    waits.sort_by(f64::total_cmp);
    (Load { rate: median(rates), waits }, median(peers))
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    percentile(&values, 50)
}

/// The value below which that share of sorted values lies; NaN of none.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn rate(done: usize, start: Instant) -> f64 {
    done as f64 / start.elapsed().as_secs_f64()
}
