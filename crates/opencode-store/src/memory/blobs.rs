//! Objects that hold the bytes of artifacts.

use std::collections::BTreeSet;
use std::time::Duration;

use super::state::State;
use crate::artifact::{Blob, Digest, NewArtifact};
use crate::error::{Error, ErrorKind, Result};
use crate::millis::{self, Millis};

/// An object that holds the bytes of artifacts.
pub(super) struct BlobRow {
    blob: Blob,
    // Invariant: of the objects with one digest, at most one is not retired; one that an artifact names is not.
    is_retired: bool,
    touched_at: Millis,
}

impl State {
    /// The object that holds these bytes, unless it is being swept.
    pub(super) fn live_blob(&self, digest: Digest) -> Option<Blob> {
        self.blobs
            .values()
            .find(|row| !row.is_retired && row.blob.digest == digest)
            .map(|row| row.blob.clone())
    }

    /// The same, and it counts as used now.
    pub(super) fn touch(&mut self, digest: Digest) -> Option<Blob> {
        let now = self.now;
        let row = self.blobs.values_mut().find(|row| !row.is_retired && row.blob.digest == digest)?;
        row.touched_at = now;
        Some(row.blob.clone())
    }

    /// The key of the object that holds the bytes of an artifact from now on: one that is there, or the given one.
    pub(super) fn hold(&mut self, artifact: &NewArtifact) -> Result<String> {
        if let Some(blob) = self.touch(artifact.digest) {
            return Ok(blob.object_key);
        }
        let key = artifact.object_key.clone();
        // Its deletion may be under way.
        if self.blobs.contains_key(&key) {
            let message = "the key of the object was used before";
            return Err(Error::new(ErrorKind::Conflict, message).with_turn(artifact.turn));
        }
        let blob = Blob::new(artifact.digest, &key, artifact.size);
        self.blobs.insert(key.clone(), BlobRow { blob, is_retired: false, touched_at: self.now });
        Ok(key)
    }

    pub(super) fn retire_blobs(&mut self, unused_for: Duration, limit: usize) -> Vec<Blob> {
        let until = self.now.saturating_sub(millis::of(unused_for));
        let named = self.named_digests();
        let may_go = |row: &BlobRow| row.touched_at <= until && !named.contains(&row.blob.digest);
        let gone = self.blobs.values_mut().filter(|row| row.is_retired || may_go(row));
        let mut gone: Vec<&mut BlobRow> = gone.collect();
        gone.sort_by_key(|row| row.touched_at);
        let retire = |row: &mut BlobRow| {
            row.is_retired = true;
            row.blob.clone()
        };
        gone.into_iter().take(limit).map(retire).collect()
    }

    /// Forgets an object that was taken out of use. One that is in use stays: a name may lead to it.
    pub(super) fn forget_blob(&mut self, object_key: &str) {
        if self.blobs.get(object_key).is_some_and(|row| row.is_retired) {
            self.blobs.remove(object_key);
        }
    }

    /// What the artifacts of every turn are known by.
    pub(super) fn named_digests(&self) -> BTreeSet<Digest> {
        let artifacts = self.turns.all().flat_map(|row| row.artifacts.values());
        artifacts.map(|artifact| artifact.digest).collect()
    }
}

#[cfg(test)]
mod tests {
    use opencode_wire::ids::MessageId;
    use opencode_wire::model::Json;

    use super::super::MemoryStore;
    use super::*;
    use crate::artifact::{ArtifactIndex, Expect};
    use crate::session::Subject;
    use crate::turn::{Admission, TurnId, TurnStore};

    async fn turn(store: &MemoryStore) -> TurnId {
        let subject = Subject::new("acme", "1").unwrap();
        let admission = Admission::new(subject, MessageId::from_wire("m1"), Json::default());
        store.admit(&admission).await.unwrap().turn.id
    }

    fn artifact(turn: TurnId, key: &str) -> NewArtifact {
        NewArtifact::new(turn, "a.txt".parse().unwrap(), "text/plain", 1, Digest::of(b"x"), key)
    }

    #[tokio::test]
    async fn bytes_that_come_back_while_they_are_swept_get_another_object() {
        let store = MemoryStore::new();
        let first = artifact(turn(&store).await, "k1");
        store.put_artifact(&first, Expect::Absent).await.unwrap();
        let second = artifact(first.turn, "k2");
        let put = store.put_artifact(&second, Expect::Any).await.unwrap();
        assert_eq!((put.changed, put.object_key.as_str()), (false, "k1"));
        assert_eq!(store.retire_blobs(Duration::ZERO, 9).await.unwrap(), []);

        let expect = Expect::Digest(first.digest);
        assert!(store.remove_artifact(first.turn, &first.name, expect).await.unwrap());
        let swept = [Blob::new(first.digest, "k1", 1)];
        assert_eq!(store.retire_blobs(Duration::ZERO, 9).await.unwrap(), swept);
        assert_eq!(store.blob(first.digest).await.unwrap(), None);
        let error = store.put_artifact(&first, Expect::Any).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert_eq!(store.put_artifact(&second, Expect::Any).await.unwrap().object_key, "k2");
        assert_eq!(store.retire_blobs(Duration::ZERO, 9).await.unwrap(), swept, "until it is forgotten");
        for key in ["k1", "k2"] {
            store.forget_blob(key).await.unwrap();
        }
        let keys = ["k1".to_owned(), "k2".to_owned()];
        assert_eq!(store.known_objects(&keys).await.unwrap(), keys[1..]);
    }
}
