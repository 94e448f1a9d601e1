//! Many tasks that begin at once.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;

/// Far above what any step takes, so that only what hangs gets there.
const HANGS: Duration = Duration::from_secs(60);

/// Runs a step in so many tasks that begin at once, and gives what each of them got.
pub(super) async fn race<F>(racers: usize, step: impl Fn(usize) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(racers));
    let start = |racer| {
        let (barrier, step) = (Arc::clone(&barrier), step(racer));
        tokio::spawn(async move {
            barrier.wait().await;
            step.await
        })
    };
    let tasks: Vec<_> = (0..racers).map(start).collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(soon("a racer", task).await.unwrap());
    }
    results
}

/// Waits for what must come, and says what did not.
pub(super) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    let Ok(output) = tokio::time::timeout(HANGS, future).await else { panic!("{what} did not come") };
    output
}
