//! The bounded queue between the hub and one listener.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::GapReason;
use crate::Error;

/// What the hub tells a listener besides events.
#[derive(Debug, Clone)]
pub(super) enum Word {
    Live,
    Gap(GapReason),
    Trouble(Arc<Error>),
}

/// What lies in a queue.
#[derive(Debug)]
enum Entry {
    Word(Word),
    /// A frame of so many bytes.
    Frame(usize),
}

/// What a listener takes from its queue at once: events undecoded, because only listeners decode.
///
/// The bytes of all frames lie side by side. A box for each would be made on the hub's thread and freed on the
/// listener's, which allocators pay for dearly when there are a million of them a second.
#[derive(Debug, Default)]
pub(super) struct Batch {
    entries: std::vec::IntoIter<Entry>,
    bytes: Vec<u8>,
    read: usize,
}

/// One thing from a batch.
pub(super) enum Delivery<'a> {
    Word(Word),
    Frame(&'a [u8]),
}

impl Batch {
    pub(super) fn next(&mut self) -> Option<Delivery<'_>> {
        Some(match self.entries.next()? {
            Entry::Word(word) => Delivery::Word(word),
            Entry::Frame(length) => {
                let start = self.read;
                self.read += length;
                Delivery::Frame(&self.bytes[start..self.read])
            }
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.as_slice().is_empty()
    }
}

/// A queue that never blocks the hub and never grows without bound: a listener that is too slow loses its place, and
/// is told so.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    notify: Notify,
    max_entries: usize,
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
    /// Whether the stream was live at the last word that was queued.
    live: bool,
}

impl Queue {
    pub(super) fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self { state: Mutex::default(), notify: Notify::new(), max_entries, max_bytes }
    }

    /// Queues a frame without waking the listener, so that a burst costs one wake-up.
    pub(super) fn push_frame(&self, frame: &[u8]) {
        let mut state = self.lock();
        if state.entries.len() >= self.max_entries || state.bytes.len() + frame.len() > self.max_bytes {
            state.lose_place();
        }
        state.bytes.extend_from_slice(frame);
        state.entries.push(Entry::Frame(frame.len()));
    }

    /// Queues a word without waking the listener.
    pub(super) fn push(&self, word: Word) {
        let mut state = self.lock();
        match &word {
            Word::Live => state.live = true,
            Word::Gap(_) => state.live = false,
            // A server that stays away must not fill the queue with its trouble.
            Word::Trouble(_) => {
                if matches!(state.entries.last(), Some(Entry::Word(Word::Trouble(_)))) {
                    state.entries.pop();
                }
            }
        }
        state.entries.push(Entry::Word(word));
    }

    /// Wakes the listener; tells whether it falls behind.
    pub(super) fn wake(&self) -> bool {
        self.notify.notify_one();
        self.lock().entries.len() > self.max_entries / 2
    }

    /// Takes everything that is queued, once there is something.
    ///
    /// # Cancel safety
    ///
    /// Nothing is taken unless it is returned.
    pub(super) async fn take(&self) -> Batch {
        loop {
            {
                let mut state = self.lock();
                if !state.entries.is_empty() {
                    // No buffer is kept: ten thousand listeners that were busy once must not hold ten thousand.
                    let entries = std::mem::take(&mut state.entries).into_iter();
                    return Batch { entries, bytes: std::mem::take(&mut state.bytes), read: 0 };
                }
            }
            self.notify.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Drops what was queued: the listener will ask the server how things are.
    fn lose_place(&mut self) {
        self.entries.clear();
        self.bytes.clear();
        self.entries.push(Entry::Word(Word::Gap(GapReason::Lagged)));
        if self.live {
            self.entries.push(Entry::Word(Word::Live));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn drain(queue: &Queue) -> Vec<String> {
        let mut batch = queue.take().await;
        let mut seen = Vec::new();
        while let Some(delivery) = batch.next() {
            seen.push(match delivery {
                Delivery::Word(word) => format!("{word:?}"),
                Delivery::Frame(frame) => String::from_utf8_lossy(frame).into_owned(),
            });
        }
        seen
    }

    #[tokio::test]
    async fn frames_and_words_come_in_order() {
        let queue = Queue::new(10, 1000);
        queue.push(Word::Live);
        queue.push_frame(b"one");
        queue.push_frame(b"");
        queue.push(Word::Gap(GapReason::Disconnected));
        queue.push_frame(b"two");
        assert_eq!(drain(&queue).await, ["Live", "one", "", "Gap(Disconnected)", "two"]);
    }

    #[tokio::test]
    async fn a_slow_listener_loses_its_place_and_is_told() {
        let queue = Queue::new(5, 1000);
        queue.push(Word::Live);
        for frame in [b"1", b"2", b"3", b"4", b"5"] {
            queue.push_frame(frame);
        }
        assert_eq!(drain(&queue).await, ["Gap(Lagged)", "Live", "5"]);
    }

    #[tokio::test]
    async fn bytes_are_bounded_too() {
        let queue = Queue::new(1000, 8);
        for frame in [b"one", b"two", b"six"] {
            queue.push_frame(frame);
        }
        assert_eq!(drain(&queue).await, ["Gap(Lagged)", "six"]);
    }
}
