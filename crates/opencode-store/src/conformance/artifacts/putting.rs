//! Cases about naming artifacts.

use super::{artifact, name};
use crate::artifact::{Artifact, Digest, Expect};
use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::{TICK, json, refused};
use crate::error::ErrorKind;
use crate::turn::TurnId;

/// An artifact is found by its name, with the object that holds its bytes; the artifacts of a turn come by name.
pub async fn an_artifact_is_stored(fixture: &Fixture) {
    let index = fixture.store().artifact_index();
    let turn = fixture.turn_with_files().await;
    assert_eq!(index.artifacts(turn).await.unwrap(), []);
    let new = artifact(turn, "b.txt", "monads").with_trust(Some(json("ours")));
    let end = index.put_artifact(&new, Expect::Absent).await.unwrap();
    let now = jiff::Timestamp::from_millisecond(fixture.unix_millis()).unwrap();
    assert_eq!(end.artifact, Artifact::new(&new, 1, now, now));
    assert_eq!((end.changed, &end.object_key), (true, &new.object_key));
    let (stored, blob) = fixture.other().artifact_index().artifact(turn, &new.name).await.unwrap().unwrap();
    assert_eq!(stored, end.artifact);
    assert_eq!((blob.digest, &blob.object_key, blob.size), (new.digest, &new.object_key, 6));
    assert_eq!(index.blob(new.digest).await.unwrap(), Some(blob));

    fixture.put(&artifact(turn, "a/z.txt", "z")).await;
    let names = index.artifacts(turn).await.unwrap().into_iter().map(|artifact| artifact.name);
    assert_eq!(names.collect::<Vec<_>>(), [name("a/z.txt"), name("b.txt")]);
    assert_eq!(index.artifact(turn, &name("c.txt")).await.unwrap(), None);
    assert_eq!(index.artifacts(TurnId::new(i64::MAX)).await.unwrap(), []);
    let nowhere = artifact(TurnId::new(i64::MAX), "b.txt", "monads");
    refused(index.put_artifact(&nowhere, Expect::Any).await, ErrorKind::NotFound);
}

/// G21: attaching twice changes nothing; other bytes or other trust are another revision; the last write wins.
pub async fn g21_attaching_twice_is_a_no_op(fixture: &Fixture) {
    let turn = fixture.turn_with_files().await;
    let new = artifact(turn, "a.txt", "one").with_trust(Some(json("ours")));
    let first = fixture.put(&new).await.artifact;
    fixture.clock().advance(TICK);
    for _ in 0..2 {
        let again = fixture.put(&new).await;
        assert_eq!((again.changed, &again.artifact), (false, &first));
    }
    let trusted_otherwise = new.clone().with_trust(Some(json("theirs")));
    for (revision, next) in [(2, trusted_otherwise), (3, artifact(turn, "a.txt", "two"))] {
        let end = fixture.put(&next).await;
        assert_eq!((end.changed, end.artifact.revision), (true, revision));
        assert_eq!(end.artifact.created_at, first.created_at);
        assert_eq!(end.artifact.updated_at.as_millisecond(), fixture.unix_millis());
        assert_eq!(fixture.named(turn, "a.txt").await, Some(end.artifact));
        fixture.clock().advance(TICK);
    }
}

/// G21: what takes the place of trusted bytes does not inherit their trust, not even as the same bytes.
pub async fn g21_trust_is_not_inherited(fixture: &Fixture) {
    let turn = fixture.turn_with_files().await;
    for replacement in ["other bytes", "trusted bytes"] {
        let trusted = artifact(turn, "a.txt", "trusted bytes").with_trust(Some(json("ours")));
        assert_eq!(fixture.put(&trusted).await.artifact.trust, trusted.trust);
        let end = fixture.put(&artifact(turn, "a.txt", replacement)).await;
        assert_eq!((end.changed, &end.artifact.trust), (true, &None));
        assert_eq!(fixture.named(turn, "a.txt").await.unwrap().trust, None);
    }
    // The same bytes under another name are not trusted either.
    let trusted = artifact(turn, "b.txt", "ours").with_trust(Some(json("ours")));
    fixture.put(&trusted).await;
    assert_eq!(fixture.put(&artifact(turn, "c.txt", "ours")).await.artifact.trust, None);
}

/// A name is given or taken away only if what is there is as expected.
pub async fn expectations_are_kept(fixture: &Fixture) {
    let index = fixture.store().artifact_index();
    let turn = fixture.turn_with_files().await;
    let (one, two) = (artifact(turn, "a.txt", "one"), artifact(turn, "a.txt", "two"));
    let (is_one, is_two) = (Expect::Digest(one.digest), Expect::Digest(two.digest));
    refused(index.put_artifact(&one, is_one).await, ErrorKind::Conflict);
    for nothing in [Expect::Any, Expect::Absent] {
        assert!(!index.remove_artifact(turn, &one.name, nothing).await.unwrap());
    }
    index.put_artifact(&one, Expect::Absent).await.unwrap();
    for unmet in [Expect::Absent, is_two] {
        refused(index.put_artifact(&two, unmet).await, ErrorKind::Conflict);
        refused(index.remove_artifact(turn, &one.name, unmet).await, ErrorKind::Conflict);
    }
    assert_eq!(fixture.named(turn, "a.txt").await.unwrap().digest, one.digest);
    index.put_artifact(&two, is_one).await.unwrap();
    assert_eq!(fixture.named(turn, "a.txt").await.unwrap().digest, Digest::of(b"two"));
    assert!(index.remove_artifact(turn, &one.name, is_two).await.unwrap());
    assert_eq!(fixture.named(turn, "a.txt").await, None);
    let end = index.put_artifact(&one, Expect::Absent).await.unwrap();
    assert_eq!((end.changed, end.artifact.revision), (true, 1), "it begins again");
    assert!(index.remove_artifact(turn, &one.name, Expect::Any).await.unwrap());
}

/// Of any number who want a free name, one gets it.
pub async fn one_of_many_gets_a_free_name(fixture: &Fixture) {
    let turn = fixture.turn_with_files().await;
    let results = race(16, |racer| {
        let (store, new) = (fixture.handle(racer), artifact(turn, "a.txt", &format!("by {racer}")));
        async move { store.artifact_index().put_artifact(&new, Expect::Absent).await }
    })
    .await;
    let (stored, refusals): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    let [Ok(stored)] = &stored[..] else { panic!("not one got it: {stored:?}") };
    for refusal in refusals {
        refused(refusal, ErrorKind::Conflict);
    }
    assert_eq!(fixture.named(turn, "a.txt").await.as_ref(), Some(&stored.artifact));
}
