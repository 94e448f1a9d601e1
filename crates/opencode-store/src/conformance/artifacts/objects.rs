//! Cases about objects that are in use.

use super::{artifact, name};
use crate::artifact::{Digest, Expect};
use crate::conformance::Fixture;
use crate::conformance::race::race;

/// G21: the same bytes are stored once, under whichever names and in whichever turns: the first object holds them.
pub async fn g21_the_same_bytes_are_one_object(fixture: &Fixture) {
    let (first, second) = (fixture.turn_with_files().await, fixture.turn_with_files().await);
    let new = artifact(first, "a.txt", "monads");
    fixture.put(&new).await;
    for (turn, called) in [(first, "b.txt"), (second, "a.txt"), (first, "a.txt")] {
        let end = fixture.put(&artifact(turn, called, "monads")).await;
        assert_eq!(end.object_key, new.object_key);
        let index = fixture.store().artifact_index();
        let (_, blob) = index.artifact(turn, &name(called)).await.unwrap().unwrap();
        assert_eq!(blob.object_key, new.object_key);
    }
}

/// Of any number who upload the same bytes at once, all are named after one object.
pub async fn racing_uploads_are_one_object(fixture: &Fixture) {
    let turn = fixture.turn_with_files().await;
    let keys = race(16, |racer| {
        let (store, new) = (fixture.handle(racer), artifact(turn, &format!("{racer}.txt"), "monads"));
        async move {
            let end = store.artifact_index().put_artifact(&new, Expect::Any).await.unwrap();
            (end.object_key, new.object_key)
        }
    })
    .await;
    let used = &keys[0].0;
    assert!(keys.iter().all(|(key, _)| key == used), "{keys:?}");
    assert!(keys.iter().any(|(_, given)| given == used), "one of those that were uploaded");
    let index = fixture.store().artifact_index();
    let given: Vec<_> = keys.iter().map(|(_, given)| given.clone()).collect();
    assert_eq!(index.known_objects(&given).await.unwrap(), std::slice::from_ref(used));
    assert_eq!(index.blob(Digest::of(b"monads")).await.unwrap().unwrap().object_key, *used);
    assert_eq!(index.blob(Digest::of(b"functors")).await.unwrap(), None);
    assert_eq!(index.known_objects(&[]).await.unwrap(), <[String; 0]>::default());
}

/// Names that change places between the same objects, in several turns at once, do not wait for each other for ever.
pub async fn names_that_change_places_do_not_wait_for_each_other(fixture: &Fixture) {
    let mut turns = Vec::new();
    for _ in 0..4 {
        turns.push(fixture.turn_with_files().await);
    }
    let ends = race(turns.len(), |racer| {
        let (store, turn) = (fixture.handle(racer), turns[racer]);
        async move {
            let index = store.artifact_index();
            let mut end = None;
            for round in 0..50 {
                let bytes = ["monads", "functors"][(racer + round) % 2];
                end = Some(index.put_artifact(&artifact(turn, "a.txt", bytes), Expect::Any).await.unwrap());
            }
            end.map(|end| end.artifact.revision)
        }
    })
    .await;
    assert_eq!(ends, [Some(50); 4]);
}
