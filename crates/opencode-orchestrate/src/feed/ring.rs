//! The last events of a turn, shared by all its readers.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::time::Instant;

use super::{FeedEvent, FeedOptions};

/// The last events of a turn, as many as fit. What is older is read from the log.
#[derive(Debug)]
pub(super) struct Ring {
    max_events: usize,
    max_bytes: usize,
    /// The number before the first event that is held.
    start: u64,
    /// Invariant: without a hole.
    events: VecDeque<Held>,
    /// Invariant: the sum over the payloads that are held.
    bytes: usize,
}

#[derive(Debug)]
struct Held {
    payload: Arc<str>,
    since: Instant,
}

impl Ring {
    pub(super) fn new(options: &FeedOptions) -> Self {
        let (max_events, max_bytes) = (options.ring_events, options.ring_bytes);
        Self { max_events, max_bytes, start: 0, events: VecDeque::new(), bytes: 0 }
    }

    /// The number of the last event, held or not.
    pub(super) fn end(&self) -> u64 {
        self.start + self.events.len() as u64
    }

    /// Takes the next event, and lets go of the oldest ones if there is no room.
    pub(super) fn push(&mut self, payload: Arc<str>, now: Instant) {
        self.bytes += payload.len();
        self.events.push_back(Held { payload, since: now });
        while self.events.len() > self.max_events || self.bytes > self.max_bytes {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.payload.len();
            self.start += 1;
        }
    }

    /// Lets go of everything, and goes on after that number.
    pub(super) fn restart(&mut self, after: u64) {
        self.events.clear();
        self.bytes = 0;
        self.start = after;
    }

    /// The events after that number; `None` when not all of them are held.
    pub(super) fn after(&self, cursor: u64) -> Option<impl Iterator<Item = FeedEvent> + '_> {
        let skipped = usize::try_from(cursor.checked_sub(self.start)?).ok()?;
        let events = self.events.iter().skip(skipped);
        Some((cursor + 1..).zip(events).map(|(seq, held)| FeedEvent::new(seq, Arc::clone(&held.payload))))
    }

    /// Since when the event after that number has been there, or a later one if that is not held any more.
    pub(super) fn since(&self, cursor: u64) -> Option<Instant> {
        let skipped = usize::try_from(cursor.saturating_sub(self.start)).ok()?;
        self.events.get(skipped).map(|held| held.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(events: usize, bytes: usize) -> Ring {
        Ring::new(&FeedOptions::default().with_ring_events(events).with_ring_bytes(bytes))
    }

    fn after(ring: &Ring, cursor: u64) -> Option<Vec<(u64, String)>> {
        Some(ring.after(cursor)?.map(|event| (event.seq, event.payload.to_string())).collect())
    }

    #[test]
    fn g19_it_holds_so_many_events_and_so_many_bytes() {
        let (mut few, mut short) = (ring(2, 100), ring(100, 5));
        for payload in ["aa", "bb", "cc"] {
            few.push(payload.into(), Instant::now());
            short.push(payload.into(), Instant::now());
        }
        for ring in [&few, &short] {
            assert_eq!(after(ring, 0), None, "the first event is gone");
            assert_eq!(after(ring, 1), Some(vec![(2, "bb".to_owned()), (3, "cc".to_owned())]));
            assert_eq!(after(ring, 3), Some(vec![]));
            assert_eq!((ring.end(), ring.bytes), (3, 4));
        }
        short.push("longer than all".into(), Instant::now());
        assert_eq!((short.end(), short.bytes, after(&short, 3)), (4, 0, None));
        few.restart(9);
        assert_eq!((few.end(), few.bytes, after(&few, 8), after(&few, 9)), (9, 0, None, Some(vec![])));
    }

    #[tokio::test(start_paused = true)]
    async fn it_knows_how_long_an_event_has_been_there() {
        let mut ring = ring(2, 100);
        let start = Instant::now();
        for _ in 0..3 {
            ring.push("a".into(), Instant::now());
            tokio::time::advance(std::time::Duration::from_secs(1)).await;
        }
        let waited = [0, 1, 2, 3].map(|cursor| ring.since(cursor).map(|since| (since - start).as_secs()));
        assert_eq!(waited, [Some(1), Some(1), Some(2), None]);
    }
}
