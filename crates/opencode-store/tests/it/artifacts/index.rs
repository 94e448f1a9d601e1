//! The index of the cases: a store in memory with a clock that tests move, and turns to name artifacts for.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
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

/// An index whose answers to namings are lost: they are carried out all the same.
#[derive(Debug)]
pub(super) struct Deaf(pub(super) Arc<dyn ArtifactIndex>);

#[async_trait]
impl ArtifactIndex for Deaf {
    async fn blob(&self, digest: Digest) -> Result<Option<Blob>> {
        self.0.blob(digest).await
    }

    async fn put_artifact(&self, artifact: &NewArtifact, expect: Expect) -> Result<PutEnd> {
        self.0.put_artifact(artifact, expect).await?;
        Err(Error::new(ErrorKind::Unavailable, "the answer was lost"))
    }

    async fn artifact(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<(Artifact, Blob)>> {
        self.0.artifact(turn, name).await
    }

    async fn artifacts(&self, turn: TurnId) -> Result<Vec<Artifact>> {
        self.0.artifacts(turn).await
    }

    async fn remove_artifact(&self, turn: TurnId, name: &ArtifactName, expect: Expect) -> Result<bool> {
        self.0.remove_artifact(turn, name, expect).await
    }

    async fn retire_blobs(&self, unused_for: Duration, limit: usize) -> Result<Vec<Blob>> {
        self.0.retire_blobs(unused_for, limit).await
    }

    async fn forget_blob(&self, object_key: &str) -> Result<()> {
        self.0.forget_blob(object_key).await
    }

    async fn known_objects(&self, object_keys: &[String]) -> Result<Vec<String>> {
        self.0.known_objects(object_keys).await
    }
}
