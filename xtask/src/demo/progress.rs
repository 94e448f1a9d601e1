//! Lines for the person who waits. They go to stderr: stdout belongs to the example.

use std::fmt::Display;
use std::time::Duration;

/// A wait longer than this needs an explanation.
const PATIENCE: Duration = Duration::from_secs(1);

/// Prints one line.
pub(crate) fn say(line: impl Display) {
    eprintln!("{line}");
}

/// Waits for `work`, and says what it is if it takes longer than a second.
pub(crate) async fn when_slow<T>(what: &str, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    match tokio::time::timeout(PATIENCE, &mut work).await {
        Ok(done) => done,
        Err(_still_working) => {
            say(what);
            work.await
        }
    }
}
