//! How many turns run on a server at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places for turns on a server; any number unless they are limited. Clones are the same places.
#[derive(Clone, Default)]
pub(crate) struct Places(Option<Arc<Semaphore>>);

impl Places {
    /// So many, and at least one.
    pub(super) fn limited(turns: usize) -> Self {
        Self(Some(Arc::new(Semaphore::new(turns.clamp(1, Semaphore::MAX_PERMITS)))))
    }

    /// Takes a place, if there is one.
    pub(crate) fn take(&self) -> Option<Place> {
        match &self.0 {
            Some(places) => Arc::clone(places).try_acquire_owned().ok().map(Some).map(Place),
            None => Some(Place(None)),
        }
    }

    /// Whether there is one.
    pub(crate) fn has_one(&self) -> bool {
        self.0.as_ref().is_none_or(|places| places.available_permits() > 0)
    }

    /// Waits until there is one.
    pub(crate) async fn wait_for_one(&self) {
        if let Some(places) = &self.0 {
            // It is given back at once: whoever needs it takes it before the next turn is claimed.
            drop(places.acquire().await);
        }
    }
}

/// A place for a turn on the server; it is free again when this is dropped.
pub(crate) struct Place(
    #[expect(dead_code, reason = "it is held and not looked at")] Option<OwnedSemaphorePermit>,
);
