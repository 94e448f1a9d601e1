//! The bounded queue between the hub and one listener.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::GapReason;
use crate::Error;

/// What the hub hands to a listener: events undecoded, because only listeners decode.
#[derive(Debug, Clone)]
pub(super) enum Delivery {
    Live,
    Gap(GapReason),
    Trouble(Arc<Error>),
    Frame(Box<[u8]>),
}

/// A queue that never blocks the hub and never grows without bound: a listener that is too slow loses its place, and
/// is told so.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    notify: Notify,
    max_frames: usize,
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    deliveries: VecDeque<Delivery>,
    bytes: usize,
    /// Whether the stream was live at the last word that was queued.
    live: bool,
}

impl Queue {
    pub(super) fn new(max_frames: usize, max_bytes: usize) -> Self {
        Self { state: Mutex::default(), notify: Notify::new(), max_frames, max_bytes }
    }

    /// Queues a delivery without waking the listener, so that a burst costs one wake-up.
    pub(super) fn push(&self, delivery: Delivery) {
        let mut state = self.lock();
        match &delivery {
            Delivery::Frame(frame) => {
                if state.deliveries.len() >= self.max_frames || state.bytes + frame.len() > self.max_bytes {
                    state.lose_place();
                }
                state.bytes += frame.len();
            }
            Delivery::Live => state.live = true,
            Delivery::Gap(_) => state.live = false,
            // A server that stays away must not fill the queue with its trouble.
            Delivery::Trouble(_) => {
                if matches!(state.deliveries.back(), Some(Delivery::Trouble(_))) {
                    state.deliveries.pop_back();
                }
            }
        }
        state.deliveries.push_back(delivery);
    }

    /// Puts a word before all others, for the listener itself.
    pub(super) fn push_front(&self, delivery: Delivery) {
        self.lock().deliveries.push_front(delivery);
    }

    pub(super) fn wake(&self) {
        self.notify.notify_one();
    }

    /// The next delivery.
    ///
    /// # Cancel safety
    ///
    /// A delivery is taken only when it is returned.
    pub(super) async fn next(&self) -> Delivery {
        loop {
            {
                let mut state = self.lock();
                if let Some(delivery) = state.deliveries.pop_front() {
                    if let Delivery::Frame(frame) = &delivery {
                        state.bytes -= frame.len();
                    }
                    if state.deliveries.is_empty() {
                        // Ten thousand listeners that were busy once must not keep ten thousand buffers.
                        state.deliveries.shrink_to(0);
                    }
                    return delivery;
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
        self.deliveries.clear();
        self.bytes = 0;
        self.deliveries.push_back(Delivery::Gap(GapReason::Lagged));
        if self.live {
            self.deliveries.push_back(Delivery::Live);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: usize) -> Delivery {
        Delivery::Frame(vec![b'x'; length].into())
    }

    async fn drain(queue: &Queue) -> Vec<String> {
        queue.push(Delivery::Frame(Box::default()));
        let mut seen = Vec::new();
        loop {
            match queue.next().await {
                Delivery::Frame(frame) if frame.is_empty() => return seen,
                Delivery::Frame(frame) => seen.push(frame.len().to_string()),
                other => seen.push(format!("{other:?}")),
            }
        }
    }

    #[tokio::test]
    async fn a_slow_listener_loses_its_place_and_is_told() {
        let queue = Queue::new(5, 1000);
        queue.push(Delivery::Live);
        for length in 1..=5 {
            queue.push(frame(length));
        }
        assert_eq!(drain(&queue).await, ["Gap(Lagged)", "Live", "5"]);
    }

    #[tokio::test]
    async fn bytes_are_bounded_too() {
        let queue = Queue::new(1000, 100);
        for _ in 0..10 {
            queue.push(frame(30));
        }
        assert_eq!(drain(&queue).await, ["Gap(Lagged)", "30"]);
    }
}
