//! Cases about objects that nobody uses any more.

use std::time::Duration;

use super::{artifact, name};
use crate::artifact::{Blob, Expect, NewArtifact};
use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::{TICK, subject};

const HOUR: Duration = Duration::from_secs(3600);

impl Fixture {
    /// Takes objects out of use, and gives their keys.
    async fn retire(&self) -> Vec<String> {
        let retired = self.store().artifact_index().retire_blobs(HOUR, 10).await.unwrap();
        retired.into_iter().map(|blob| blob.object_key).collect()
    }

    /// Puts an artifact and takes its name away, so that nobody uses its object.
    async fn unused(&self, bytes: &str) -> NewArtifact {
        let turn = self.turn_with_files().await;
        let new = artifact(turn, "a.txt", bytes);
        self.put(&new).await;
        assert!(self.store().artifact_index().remove_artifact(turn, &new.name, Expect::Any).await.unwrap());
        new
    }
}

/// An object is taken out of use when no name leads to it and nobody has asked for it for long; it is told until it
/// is forgotten.
pub async fn unused_objects_are_retired(fixture: &Fixture) {
    let index = fixture.store().artifact_index();
    let used = artifact(fixture.turn_with_files().await, "used.txt", "used");
    fixture.put(&used).await;
    let unused = fixture.unused("unused").await;
    let keys = [used.object_key.clone(), unused.object_key.clone()];
    assert!(fixture.retire().await.is_empty(), "it was in use a moment ago");
    fixture.clock().advance(HOUR / 2);
    assert!(index.blob(unused.digest).await.unwrap().is_some());
    fixture.clock().advance(HOUR / 2 + TICK);
    assert!(fixture.retire().await.is_empty(), "somebody has asked for it");
    fixture.clock().advance(HOUR + TICK);
    for _ in 0..2 {
        let retired = index.retire_blobs(HOUR, 10).await.unwrap();
        assert_eq!(retired, [Blob::new(unused.digest, unused.object_key.clone(), unused.size)]);
        assert_eq!(index.blob(unused.digest).await.unwrap(), None, "it is being swept");
        assert_eq!(index.known_objects(&keys).await.unwrap().len(), 2, "known until it is forgotten");
    }
    for _ in 0..2 {
        index.forget_blob(&unused.object_key).await.unwrap();
    }
    assert!(fixture.retire().await.is_empty());
    assert_eq!(index.known_objects(&keys).await.unwrap(), [used.object_key]);
}

/// Bytes that come back while their object is swept get an object of their own, which no late deletion can hit.
pub async fn bytes_that_come_back_get_another_object(fixture: &Fixture) {
    let index = fixture.store().artifact_index();
    let old = fixture.unused("monads").await;
    fixture.clock().advance(HOUR + TICK);
    assert_eq!(fixture.retire().await, std::slice::from_ref(&old.object_key));
    let turn = fixture.turn_with_files().await;
    let new = artifact(turn, "a.txt", "monads");
    assert_eq!(fixture.put(&new).await.object_key, new.object_key);
    let key = async || index.artifact(turn, &name("a.txt")).await.unwrap().unwrap().1.object_key;
    assert_eq!(key().await, new.object_key);
    assert_eq!(index.blob(new.digest).await.unwrap().unwrap().object_key, new.object_key);
    assert_eq!(fixture.retire().await, std::slice::from_ref(&old.object_key), "it is deleted nevertheless");
    index.forget_blob(&old.object_key).await.unwrap();
    assert_eq!(key().await, new.object_key);
    assert_eq!(index.blob(new.digest).await.unwrap().unwrap().object_key, new.object_key);
    let keys = [old.object_key, new.object_key.clone()];
    assert_eq!(index.known_objects(&keys).await.unwrap(), [new.object_key]);
}

/// A name that is given while its object is swept leads to an object that is in use.
pub async fn a_name_never_leads_to_a_swept_object(fixture: &Fixture) {
    for round in 0..32 {
        let bytes = format!("bytes {round}");
        fixture.unused(&bytes).await;
        fixture.clock().advance(HOUR + TICK);
        let new = artifact(fixture.turn_with_files().await, "a.txt", &bytes);
        let results = race(2, |racer| {
            let (store, new) = (fixture.handle(racer), new.clone());
            async move {
                let index = store.artifact_index();
                if racer == 0 {
                    index.put_artifact(&new, Expect::Any).await.unwrap();
                    return Vec::new();
                }
                index.retire_blobs(HOUR, 100).await.unwrap()
            }
        })
        .await;
        let index = fixture.store().artifact_index();
        let (_, blob) = index.artifact(new.turn, &new.name).await.unwrap().unwrap();
        for retired in results.concat() {
            assert_ne!(retired.object_key, blob.object_key);
            index.forget_blob(&retired.object_key).await.unwrap();
        }
        assert_eq!(index.known_objects(std::slice::from_ref(&blob.object_key)).await.unwrap().len(), 1);
    }
}

/// No more than the limit is taken out of use at once; what a replacement or the end of a subject leaves is swept too.
pub async fn what_is_left_behind_is_swept(fixture: &Fixture) {
    let subject = subject();
    let turn = fixture.claimed(&subject).await.turn.id;
    for bytes in ["one", "two", "three"] {
        fixture.put(&artifact(turn, "a.txt", bytes)).await;
    }
    fixture.clock().advance(HOUR + TICK);
    assert_eq!(fixture.retire().await.len(), 2, "what was replaced");
    assert!(fixture.store().sessions().delete_session(&subject).await.unwrap());
    fixture.clock().advance(HOUR + TICK);
    let index = fixture.store().artifact_index();
    assert_eq!(index.retire_blobs(HOUR, 2).await.unwrap().len(), 2, "no more than the limit");
    assert_eq!(fixture.retire().await.len(), 3, "what was named last as well");
}
