//! The names of artifacts in memory.

use std::time::Duration;

use async_trait::async_trait;

use super::MemoryStore;
use super::state::State;
use crate::artifact::{Artifact, ArtifactIndex, ArtifactName, Blob, Digest, Expect, NewArtifact, PutEnd};
use crate::error::{Error, ErrorKind, Result};
use crate::text::{check_key, check_text};
use crate::turn::TurnId;

#[async_trait]
impl ArtifactIndex for MemoryStore {
    async fn blob(&self, digest: Digest) -> Result<Option<Blob>> {
        Ok(self.step(|state| state.touch(digest)))
    }

    async fn put_artifact(&self, artifact: &NewArtifact, expect: Expect) -> Result<PutEnd> {
        self.step(|state| state.put_artifact(artifact, expect))
    }

    async fn artifact(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<(Artifact, Blob)>> {
        self.step(|state| state.artifact(turn, name))
    }

    async fn artifacts(&self, turn: TurnId) -> Result<Vec<Artifact>> {
        let named = |state: &mut State| {
            state.turns.get(turn).map(|row| row.artifacts.values().cloned().collect::<Vec<_>>())
        };
        Ok(self.step(named).unwrap_or_default())
    }

    async fn remove_artifact(&self, turn: TurnId, name: &ArtifactName, expect: Expect) -> Result<bool> {
        self.step(|state| state.remove_artifact(turn, name, expect))
    }

    async fn retire_blobs(&self, unused_for: Duration, limit: usize) -> Result<Vec<Blob>> {
        Ok(self.step(|state| state.retire_blobs(unused_for, limit)))
    }

    async fn forget_blob(&self, object_key: &str) -> Result<()> {
        self.step(|state| state.forget_blob(object_key));
        Ok(())
    }

    async fn known_objects(&self, object_keys: &[String]) -> Result<Vec<String>> {
        let known = |state: &mut State| {
            object_keys.iter().filter(|key| state.blobs.contains_key(*key)).cloned().collect()
        };
        Ok(self.step(known))
    }
}

impl State {
    fn put_artifact(&mut self, artifact: &NewArtifact, expect: Expect) -> Result<PutEnd> {
        check_text("content type", &artifact.content_type)?;
        check_key("key of the object", &artifact.object_key)?;
        if let Some(trust) = &artifact.trust {
            check_text("trust", trust.as_str())?;
        }
        let there = self.turns.need(artifact.turn)?.artifacts.get(&artifact.name).cloned();
        let as_expected = match expect {
            Expect::Any => true,
            Expect::Absent => there.is_none(),
            Expect::Digest(digest) => there.as_ref().is_some_and(|there| there.digest == digest),
        };
        if !as_expected {
            return Err(unexpected(artifact.turn));
        }
        let object_key = self.hold(artifact)?;
        let at = self.at();
        if let Some(there) = &there {
            // Whoever reads the bytes that go may take a while.
            self.touch(there.digest);
        }
        let stored = match there {
            Some(there) if is_same(&there, artifact) => return Ok(PutEnd::new(there, false, object_key)),
            Some(there) => Artifact::new(artifact, there.revision + 1, there.created_at, at),
            None => Artifact::new(artifact, 1, at, at),
        };
        if let Some(row) = self.turns.get_mut(artifact.turn) {
            row.artifacts.insert(artifact.name.clone(), stored.clone());
        }
        Ok(PutEnd::new(stored, true, object_key))
    }

    fn artifact(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<(Artifact, Blob)>> {
        let artifact = self.turns.get(turn).and_then(|row| row.artifacts.get(name));
        let Some(artifact) = artifact else { return Ok(None) };
        let blob = self.live_blob(artifact.digest).ok_or_else(|| {
            Error::corrupt("the artifact has no object that holds its bytes").with_turn(turn)
        })?;
        Ok(Some((artifact.clone(), blob)))
    }

    fn remove_artifact(&mut self, turn: TurnId, name: &ArtifactName, expect: Expect) -> Result<bool> {
        let Some(row) = self.turns.get_mut(turn) else { return Ok(false) };
        let Some(there) = row.artifacts.get(name) else { return Ok(false) };
        let as_expected = match expect {
            Expect::Any => true,
            Expect::Absent => false,
            Expect::Digest(digest) => there.digest == digest,
        };
        if !as_expected {
            return Err(unexpected(turn));
        }
        let digest = there.digest;
        row.artifacts.remove(name);
        self.touch(digest);
        Ok(true)
    }
}

/// Whether an artifact would be replaced by what it is already.
fn is_same(there: &Artifact, new: &NewArtifact) -> bool {
    there.digest == new.digest && there.trust == new.trust && there.content_type == new.content_type
}

fn unexpected(turn: TurnId) -> Error {
    Error::new(ErrorKind::Conflict, "what is under the name is not what was expected").with_turn(turn)
}
