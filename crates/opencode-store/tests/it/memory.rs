//! The store in memory.

use std::sync::Arc;

use opencode_store::Store;
use opencode_store::conformance::{Fixture, ManualClock};
use opencode_store::memory::MemoryStore;

async fn memory() -> Fixture {
    let clock = ManualClock::default();
    let store = Store::from_backend(Arc::new(MemoryStore::with_clock(Arc::new(clock.clone()))));
    // There is one process that sees it; a second handle shares its state.
    Fixture::new(store.clone(), clock).with_handle(store)
}

opencode_store::conformance_tests!(memory);
