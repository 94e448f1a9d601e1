//! A stretch of a turn's log.

/// One event of a turn's log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedEvent {
    /// Its number: 1 for the first of the turn, and one more with each.
    pub seq: u64,
    /// What the host wrote. The store does not look into it.
    pub payload: String,
}

impl LoggedEvent {
    /// For those who implement the traits of this crate.
    #[must_use]
    pub fn new(seq: u64, payload: impl Into<String>) -> Self {
        Self { seq, payload: payload.into() }
    }
}

/// A stretch of a turn's log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EventPage {
    /// The events after the cursor, without a hole.
    pub events: Vec<LoggedEvent>,
    /// The number of the last event that was deleted; 0 when none was. A cursor below it has missed something.
    pub pruned_to: u64,
    /// The number of the last event of the turn.
    pub last_seq: u64,
    /// Whether the turn has ended, so that nothing comes after `last_seq`.
    pub ended: bool,
}

impl EventPage {
    /// For those who implement the traits of this crate.
    #[must_use]
    pub fn new(events: Vec<LoggedEvent>, pruned_to: u64, last_seq: u64, ended: bool) -> Self {
        Self { events, pruned_to, last_seq, ended }
    }
}
