//! How long the client waits, phase by phase.

use std::time::Duration;

/// One limit for each phase of a request; `None` waits for ever.
///
/// There is no limit on a whole request: a synchronous prompt may rightly take an hour. What is limited is silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// Until a connection stands: name resolution, TCP and TLS. 10 seconds unless set.
    pub connect: Option<Duration>,
    /// From then until the head of the answer is there. 120 seconds unless set.
    pub response: Option<Duration>,
    /// Between two pieces of the answer's body. 30 seconds unless set. Event streams have no such limit here.
    pub body_idle: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Some(Duration::from_secs(10)),
            response: Some(Duration::from_secs(120)),
            body_idle: Some(Duration::from_secs(30)),
        }
    }
}

/// Runs a future until a limit; `None` if the limit came first.
pub(super) async fn within<F: Future>(limit: Option<Duration>, future: F) -> Result<F::Output, Duration> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, future).await.map_err(|_| limit),
        None => Ok(future.await),
    }
}
