//! Events on their way to a reader.

use std::sync::Arc;

use super::FeedEvent;

/// Events on their way to a reader, which others may be reading too.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    events: Arc<[FeedEvent]>,
    given: usize,
}

impl Batch {
    pub(super) fn new(events: Vec<FeedEvent>) -> Self {
        Self { events: events.into(), given: 0 }
    }
}

impl Iterator for Batch {
    type Item = FeedEvent;

    fn next(&mut self) -> Option<FeedEvent> {
        let event = self.events.get(self.given)?.clone();
        self.given += 1;
        Some(event)
    }
}
