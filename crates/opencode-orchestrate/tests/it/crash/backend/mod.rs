//! A store whose every call is a point before it and one after it.

mod artifacts;
mod blockers;
mod events;
mod replies;
mod sessions;
mod turns;

use std::sync::Arc;

use async_trait::async_trait;
use opencode_store::doctor::Diagnosis;
use opencode_store::{Backend, Result, Store};

use super::points::{Numbering, Points};

/// Hands each call on to another store, and passes a point before and after it.
#[derive(Debug)]
pub(super) struct WatchedStore {
    inner: Store,
    points: Arc<Points>,
}

impl WatchedStore {
    /// The same store, with points.
    pub(super) fn watch(inner: Store, points: Arc<Points>) -> Store {
        Store::from_backend(Arc::new(Self { inner, points }))
    }

    async fn call<F: Future>(&self, name: &str, work: F) -> F::Output {
        self.points.around(&format!("store.{name}"), Numbering::Every, work).await
    }

    /// A call that a timer makes.
    async fn timed_call<F: Future>(&self, name: &str, work: F) -> F::Output {
        self.points.around(&format!("store.{name}"), Numbering::First, work).await
    }
}

#[async_trait]
impl Backend for WatchedStore {
    async fn migrate(&self) -> Result<()> {
        self.inner.migrate().await
    }

    async fn diagnose(&self) -> Diagnosis {
        self.inner.doctor().await
    }
}
