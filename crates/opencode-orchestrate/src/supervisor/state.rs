//! How a supervised server stands.

use std::fmt;

/// How a supervised server stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServerState {
    /// It does not run, and is started when somebody needs it.
    Idle,
    /// It was started, and does not answer yet.
    Starting,
    /// It answers.
    Ready,
    /// It runs, and did not answer when it was asked last.
    Unhealthy,
    /// It runs, and ends when nobody uses it any more.
    Draining,
    /// It has ended, or is being ended, and is started again.
    Restarting,
    /// It was asked to end.
    Stopping,
    /// It could not be started, and is tried again after a pause.
    Failed,
    /// It has ended, and is not started again.
    Stopped,
}

impl ServerState {
    /// The state in a word, as it is told in traces.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Unhealthy => "unhealthy",
            Self::Draining => "draining",
            Self::Restarting => "restarting",
            Self::Stopping => "stopping",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// Whether turns can be begun on it.
    #[must_use]
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::Ready | Self::Unhealthy)
    }
}

impl fmt::Display for ServerState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
