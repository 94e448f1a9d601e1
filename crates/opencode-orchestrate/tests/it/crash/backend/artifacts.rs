//! Artifacts.

use std::time::Duration;

use async_trait::async_trait;
use opencode_store::Result;
use opencode_store::artifact::{
    Artifact, ArtifactIndex, ArtifactName, Blob, Digest, Expect, NewArtifact, PutEnd,
};
use opencode_store::turn::TurnId;

use super::WatchedStore;

#[async_trait]
impl ArtifactIndex for WatchedStore {
    async fn blob(&self, digest: Digest) -> Result<Option<Blob>> {
        self.call("blob", self.inner.artifact_index().blob(digest)).await
    }

    async fn put_artifact(&self, artifact: &NewArtifact, expect: Expect) -> Result<PutEnd> {
        self.call("put_artifact", self.inner.artifact_index().put_artifact(artifact, expect)).await
    }

    async fn artifact(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<(Artifact, Blob)>> {
        self.call("artifact", self.inner.artifact_index().artifact(turn, name)).await
    }

    async fn artifacts(&self, turn: TurnId) -> Result<Vec<Artifact>> {
        self.call("artifacts", self.inner.artifact_index().artifacts(turn)).await
    }

    async fn remove_artifact(&self, turn: TurnId, name: &ArtifactName, expect: Expect) -> Result<bool> {
        self.call("remove_artifact", self.inner.artifact_index().remove_artifact(turn, name, expect)).await
    }

    async fn retire_blobs(&self, unused_for: Duration, limit: usize) -> Result<Vec<Blob>> {
        self.call("retire_blobs", self.inner.artifact_index().retire_blobs(unused_for, limit)).await
    }

    async fn forget_blob(&self, object_key: &str) -> Result<()> {
        self.call("forget_blob", self.inner.artifact_index().forget_blob(object_key)).await
    }

    async fn known_objects(&self, object_keys: &[String]) -> Result<Vec<String>> {
        self.call("known_objects", self.inner.artifact_index().known_objects(object_keys)).await
    }
}
