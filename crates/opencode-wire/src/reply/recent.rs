//! Which events were seen lately: a server that is reconnected to, or a proxy, may send one twice.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::ids::EventId;

/// How many events back a repetition is recognised.
const WINDOW: usize = 64;

/// The last few event ids, as hashes.
///
/// Deltas and errors need it, because they are added to what is known. Other events say how things are: a late
/// repetition of one would turn them back.
/// Ids are compared for equality and not for order, because a server whose clock is set back sends lower ones.
#[derive(Debug, Clone)]
pub(super) struct Recent {
    hashes: [u64; WINDOW],
    next: usize,
}

impl Recent {
    pub(super) const fn new() -> Self {
        Self { hashes: [0; WINDOW], next: 0 }
    }

    /// Whether the event is new; remembers it.
    pub(super) fn insert(&mut self, id: &EventId) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        // Zero stands for an empty place.
        let hash = hasher.finish() | 1;
        if self.hashes.contains(&hash) {
            return false;
        }
        self.hashes[self.next] = hash;
        self.next = (self.next + 1) % WINDOW;
        true
    }
}
