//! Names of artifacts over the queries.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use opencode_wire::model::Json;

use super::super::super::Database;
use super::super::artifacts;
use super::rows;
use crate::artifact::{Artifact, ArtifactIndex, ArtifactName, Blob, Digest, Expect, NewArtifact, PutEnd};
use crate::error::Result;
use crate::text::{check_key, check_text};
use crate::turn::TurnId;

#[async_trait]
impl ArtifactIndex for Database {
    async fn blob(&self, digest: Digest) -> Result<Option<Blob>> {
        self.write(move |tx| artifacts::blob(tx, digest).boxed()).await
    }

    async fn put_artifact(&self, artifact: &NewArtifact, expect: Expect) -> Result<PutEnd> {
        check_key("object key", &artifact.object_key)?;
        check_text("content type", &artifact.content_type)?;
        check_text("trust", artifact.trust.as_ref().map_or("", Json::as_str))?;
        let artifact = artifact.clone();
        self.write(move |tx| async move { artifacts::put(tx, &artifact, expect).await }.boxed()).await
    }

    async fn artifact(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<(Artifact, Blob)>> {
        let name = name.clone();
        self.read(move |tx| async move { artifacts::get(tx, turn, &name).await }.boxed()).await
    }

    async fn artifacts(&self, turn: TurnId) -> Result<Vec<Artifact>> {
        self.read(move |tx| artifacts::list(tx, turn).boxed()).await
    }

    async fn remove_artifact(&self, turn: TurnId, name: &ArtifactName, expect: Expect) -> Result<bool> {
        let name = name.clone();
        self.write(move |tx| async move { artifacts::remove(tx, turn, &name, expect).await }.boxed()).await
    }

    async fn retire_blobs(&self, unused_for: Duration, limit: usize) -> Result<Vec<Blob>> {
        self.write(move |tx| artifacts::retire(tx, unused_for, rows(limit)).boxed()).await
    }

    async fn forget_blob(&self, object_key: &str) -> Result<()> {
        let object_key = object_key.to_owned();
        self.write(move |tx| async move { artifacts::forget(tx, &object_key).await }.boxed()).await
    }

    async fn known_objects(&self, object_keys: &[String]) -> Result<Vec<String>> {
        let object_keys = object_keys.to_vec();
        self.read(move |tx| async move { artifacts::known(tx, &object_keys).await }.boxed()).await
    }
}
