//! How a turn is followed, and how long it may take.

use std::time::Duration;

/// The time limits of a turn. `None` switches one off.
///
/// Waiting for a person pauses all of them but [`human`](Self::human).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadlines {
    /// From posting the prompt until the server works on it. 30 seconds by default.
    pub admission: Option<Duration>,
    /// From then until the model's first word or tool call. 3 minutes by default: reasoning models are silent for up
    /// to 90 seconds on long prompts.
    pub first_output: Option<Duration>,
    /// Between two signs of life of the turn. 10 minutes by default: a command of an agent may run that long without
    /// a word.
    pub progress: Option<Duration>,
    /// The whole turn. One hour by default.
    pub total: Option<Duration>,
    /// One wait for a person. One hour by default.
    pub human: Option<Duration>,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            admission: Some(Duration::from_secs(30)),
            first_output: Some(Duration::from_secs(180)),
            progress: Some(Duration::from_secs(600)),
            total: Some(Duration::from_secs(3600)),
            human: Some(Duration::from_secs(3600)),
        }
    }
}

impl Deadlines {
    /// No limit at all: only for those who watch the turn themselves.
    #[must_use]
    pub const fn none() -> Self {
        Self { admission: None, first_output: None, progress: None, total: None, human: None }
    }

    /// Sets how long the server may take to begin; `None` for ever.
    #[must_use]
    pub fn with_admission(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.admission = limit.into();
        self
    }

    /// Sets how long the model may take to begin; `None` for ever.
    #[must_use]
    pub fn with_first_output(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.first_output = limit.into();
        self
    }

    /// Sets how long nothing may happen; `None` for ever.
    #[must_use]
    pub fn with_progress(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.progress = limit.into();
        self
    }

    /// Sets how long the whole turn may take; `None` for ever.
    #[must_use]
    pub fn with_total(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.total = limit.into();
        self
    }

    /// Sets how long a person may take to answer; `None` for ever.
    #[must_use]
    pub fn with_human(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.human = limit.into();
        self
    }
}

/// How a turn is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FollowPolicy {
    /// Its time limits.
    pub deadlines: Deadlines,
    /// How long the turn's part of the stream may be silent before the server is asked how things are.
    /// 30 seconds by default.
    pub poll_after: Duration,
    /// How long to wait for the server to confirm an abort, and to answer to one at all. 10 seconds by default.
    pub abort_wait: Duration,
}

impl Default for FollowPolicy {
    fn default() -> Self {
        Self {
            deadlines: Deadlines::default(),
            poll_after: Duration::from_secs(30),
            abort_wait: Duration::from_secs(10),
        }
    }
}

impl FollowPolicy {
    /// Sets the time limits.
    #[must_use]
    pub const fn with_deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// Sets how long the turn's part of the stream may be silent before the server is asked.
    #[must_use]
    pub const fn with_poll_after(mut self, time: Duration) -> Self {
        self.poll_after = time;
        self
    }

    /// Sets how long to wait for the server to confirm an abort.
    #[must_use]
    pub const fn with_abort_wait(mut self, time: Duration) -> Self {
        self.abort_wait = time;
        self
    }
}
