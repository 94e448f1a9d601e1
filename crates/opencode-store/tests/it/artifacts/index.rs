//! The index of the cases: a store in memory with a clock that tests move, and turns to name artifacts for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use opencode_store::artifact::{
    Artifact, ArtifactIndex, ArtifactName, Blob, Digest, Expect, NewArtifact, PutEnd,
};
use opencode_store::conformance::ManualClock;
use opencode_store::memory::MemoryStore;
use opencode_store::session::Subject;
use opencode_store::turn::{Admission, TurnId, TurnStore as _};
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;

use super::watched::Watched;

/// An empty index, its clock and two turns.
pub(super) async fn index() -> (Arc<dyn ArtifactIndex>, ManualClock, [TurnId; 2]) {
    let clock = ManualClock::default();
    let store = Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())));
    let turns = [turn(&store, "1").await, turn(&store, "2").await];
    (store, clock, turns)
}

async fn turn(store: &MemoryStore, subject: &str) -> TurnId {
    let subject = Subject::new("acme", subject).unwrap();
    let message = MessageId::from_wire(&format!("msg_{subject:?}"));
    store.admit(&Admission::new(subject, message, Json::default())).await.unwrap().turn.id
}

/// An index that looks whether bytes are there before they are named, and does what a test wants to happen.
#[derive(Debug)]
pub(super) struct WatchedIndex {
    inner: Arc<dyn ArtifactIndex>,
    objects: Arc<Watched>,
    /// The next answer to a naming is lost: it is carried out all the same.
    pub(super) lose_answer: AtomicBool,
    /// A whole sweep without grace runs just before the next naming.
    pub(super) sweep_first: AtomicBool,
    /// Sweeps run at the same time, so bytes may be on their way out.
    pub(super) is_swept: AtomicBool,
}

impl WatchedIndex {
    pub(super) fn new(inner: Arc<dyn ArtifactIndex>, objects: Arc<Watched>) -> Self {
        let [lose_answer, sweep_first, is_swept] = [false; 3].map(AtomicBool::new);
        Self { inner, objects, lose_answer, sweep_first, is_swept }
    }

    async fn sweep(&self) {
        for blob in self.inner.retire_blobs(Duration::ZERO, 100).await.unwrap() {
            self.objects.delete(&Path::from(blob.object_key.as_str())).await.unwrap();
            self.inner.forget_blob(&blob.object_key).await.unwrap();
        }
    }
}

#[async_trait]
impl ArtifactIndex for WatchedIndex {
    async fn blob(&self, digest: Digest) -> Result<Option<Blob>> {
        self.inner.blob(digest).await
    }

    async fn put_artifact(&self, artifact: &NewArtifact, expect: Expect) -> Result<PutEnd> {
        if !self.is_swept.load(Ordering::SeqCst) {
            let found = self.objects.head(&Path::from(artifact.object_key.as_str())).await;
            assert_eq!(found.expect("bytes come before their name").size, artifact.size);
        }
        if self.sweep_first.swap(false, Ordering::SeqCst) {
            self.sweep().await;
        }
        let end = self.inner.put_artifact(artifact, expect).await?;
        if self.lose_answer.swap(false, Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Unavailable, "the answer was lost"));
        }
        Ok(end)
    }

    async fn artifact(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<(Artifact, Blob)>> {
        self.inner.artifact(turn, name).await
    }

    async fn artifacts(&self, turn: TurnId) -> Result<Vec<Artifact>> {
        self.inner.artifacts(turn).await
    }

    async fn remove_artifact(&self, turn: TurnId, name: &ArtifactName, expect: Expect) -> Result<bool> {
        self.inner.remove_artifact(turn, name, expect).await
    }

    async fn retire_blobs(&self, unused_for: Duration, limit: usize) -> Result<Vec<Blob>> {
        self.inner.retire_blobs(unused_for, limit).await
    }

    async fn forget_blob(&self, object_key: &str) -> Result<()> {
        self.inner.forget_blob(object_key).await
    }

    async fn known_objects(&self, object_keys: &[String]) -> Result<Vec<String>> {
        self.inner.known_objects(object_keys).await
    }
}
