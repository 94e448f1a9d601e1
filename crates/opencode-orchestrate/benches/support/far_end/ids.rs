//! Ids in OpenCode's format, on the clock of the machine: clients sort by them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// An id keeps the low 48 bits of milliseconds times 4096 and a counter.
const MASK: u64 = (1 << 48) - 1;

/// Makes ids, each above the one before.
#[derive(Default)]
pub(super) struct Ids {
    last: AtomicU64,
}

impl Ids {
    pub(super) fn ascending(&self, prefix: &str) -> String {
        format!("{prefix}_{:012x}AAAAAAAAAAAAAA", self.tick() & MASK)
    }

    /// Of sessions the newest sorts first.
    pub(super) fn descending(&self, prefix: &str) -> String {
        format!("{prefix}_{:012x}AAAAAAAAAAAAAA", !self.tick() & MASK)
    }

    fn tick(&self) -> u64 {
        let least = now() << 12;
        let next = |last: u64| Some(least.max(last + 1));
        self.last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
            .map_or(least, |last| least.max(last + 1))
    }
}

/// Milliseconds since the Unix epoch.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
    u64::try_from(since.as_millis()).expect("it is not that late")
}
