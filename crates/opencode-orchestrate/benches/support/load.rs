//! Many conversations at once, and what their turns cost.

use opencode_testkit::bench::cpu_seconds;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::task::JoinSet;

use super::host::conversation;

/// How many turns a conversation has.
pub(crate) const TURNS_OF_A_CONVERSATION: usize = 4;

/// What a turn has cost, and how many there were.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Processor time of this process for each turn, in milliseconds.
    pub(crate) cpu: f64,
    /// Turns a second.
    pub(crate) rate: f64,
}

/// How many turns are run, and how many at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) at_once: usize,
    pub(crate) turns: usize,
}

impl Load {
    /// Leads conversations until so many turns are over. `lead` leads one: a conversation with so many turns.
    pub(crate) async fn run<C, F>(self, lead: C) -> Cost
    where
        C: Fn(usize, usize) -> F + Clone + Send + 'static,
        F: Future<Output = ()> + Send,
    {
        let left = Arc::new(AtomicUsize::new(self.turns));
        let (start, cpu) = (Instant::now(), cpu_seconds().expect("Linux"));
        let mut tasks = JoinSet::new();
        for _ in 0..self.at_once {
            let (left, lead) = (Arc::clone(&left), lead.clone());
            tasks.spawn(async move {
                loop {
                    let take = |left: usize| Some(left.saturating_sub(TURNS_OF_A_CONVERSATION));
                    let had =
                        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).unwrap_or_default();
                    if had == 0 {
                        return;
                    }
                    lead(conversation(), had.min(TURNS_OF_A_CONVERSATION)).await;
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.expect("a conversation does not panic");
        }
        let cpu = cpu_seconds().expect("Linux") - cpu;
        let turns = count(self.turns);
        Cost { cpu: cpu * 1e3 / turns, rate: turns / start.elapsed().as_secs_f64() }
    }
}

impl Cost {
    /// The median of each.
    pub(crate) fn median(costs: &[Self]) -> Self {
        let of = |value: fn(&Self) -> f64| median(costs.iter().map(value).collect());
        Self { cpu: of(|cost| cost.cpu), rate: of(|cost| cost.rate) }
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn count(number: usize) -> f64 {
    number as f64
}
