//! Deleting what nobody needs.

use std::time::Duration;

use bytes::Bytes;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use opencode_store::artifact::{ArtifactStore as _, ArtifactStoreExt as _, Expect, PutOptions};

use crate::artifacts::bench::{Bench, HOUR};
use crate::artifacts::support::name;

async fn leave(bench: &Bench, key: &str) {
    bench.objects.put(&Path::from(key), Bytes::from("left").into()).await.unwrap();
}

pub(in crate::artifacts) async fn old_leftovers_are_deleted_and_young_ones_kept(bench: Bench) {
    bench.put("a", PutOptions::default(), "named".into()).await.unwrap();
    leave(&bench, "blobs/ab/abcd-1").await;
    leave(&bench, "incoming/1").await;
    leave(&bench, "elsewhere/1").await;
    bench.wait(HOUR).await;
    leave(&bench, "blobs/ab/abcd-2").await;
    leave(&bench, "incoming/2").await;

    let swept = bench.artifacts.sweep(HOUR * 2).await.unwrap();
    assert_eq!((swept.deleted, swept.kept_young, swept.bytes), (0, 4, 0));
    // However short the grace is, an upload has a minute to get its name.
    let swept = bench.artifacts.sweep(Duration::ZERO).await.unwrap();
    assert_eq!((swept.deleted, swept.kept_young, swept.bytes), (2, 2, 8));
    assert!(!swept.more && swept.failed == 0);
    let keys = bench.objects.keys().await;
    assert_eq!(keys.len(), 4, "{keys:?}");
    assert!(["blobs/ab/abcd-2", "elsewhere/1", "incoming/2"].iter().all(|key| keys.iter().any(|k| k == key)));
    bench.read("a", 100).await.unwrap().unwrap();
}

pub(in crate::artifacts) async fn bytes_without_a_name_outlive_the_grace_only(bench: Bench) {
    let put = |bytes: &'static str| bench.put("a", PutOptions::default(), bytes.into());
    put("one").await.unwrap();
    bench.wait(HOUR * 3).await;
    assert_eq!(bench.artifacts.sweep(HOUR).await.unwrap().deleted, 0, "a name keeps bytes for ever");
    put("two").await.unwrap();
    assert_eq!(bench.artifacts.sweep(HOUR).await.unwrap().deleted, 0, "somebody may read the old ones still");
    bench.wait(HOUR).await;
    let swept = bench.artifacts.sweep(HOUR).await.unwrap();
    assert_eq!((swept.deleted, swept.bytes), (1, 3));
    bench.artifacts.remove(bench.turn, &name("a"), Expect::Any).await.unwrap();
    assert_eq!(bench.artifacts.sweep(HOUR).await.unwrap().deleted, 0, "they had a name just now");
    bench.wait(HOUR).await;
    assert_eq!(bench.artifacts.sweep(HOUR).await.unwrap().deleted, 1);
    assert!(bench.objects.keys().await.is_empty());
    // Bytes that come back after they were swept are stored again.
    put("one").await.unwrap();
    assert_eq!(bench.read("a", 100).await.unwrap().unwrap().1, "one");
}

pub(in crate::artifacts) async fn bytes_that_were_asked_for_are_kept(bench: Bench) {
    use opencode_store::artifact::{ArtifactIndex as _, Digest};

    bench.put("a", PutOptions::default(), "one".into()).await.unwrap();
    bench.artifacts.remove(bench.turn, &name("a"), Expect::Any).await.unwrap();
    bench.wait(HOUR * 3).await;
    assert!(bench.index.blob(Digest::of(b"one")).await.unwrap().is_some());
    assert_eq!(bench.artifacts.sweep(HOUR).await.unwrap().deleted, 0);
    assert_eq!(bench.objects.keys().await.len(), 1);
}

pub(in crate::artifacts) async fn two_sweeps_do_not_disturb_each_other(bench: Bench) {
    for number in 0..12_u8 {
        let file = name(&number.to_string());
        let bytes = Bytes::from(vec![number; 10]);
        bench.artifacts.put_bytes(bench.turn, &file, PutOptions::default(), bytes).await.unwrap();
        bench.artifacts.remove(bench.turn, &file, Expect::Any).await.unwrap();
        leave(&bench, &format!("blobs/0{number:x}/left")).await;
    }
    bench.wait(HOUR * 2).await;
    let (one, other) = tokio::join!(bench.artifacts.sweep(HOUR), bench.artifacts.sweep(HOUR));
    assert!(one.unwrap().deleted + other.unwrap().deleted >= 24);
    assert!(bench.objects.keys().await.is_empty());
    assert_eq!(bench.artifacts.sweep(HOUR).await.unwrap().deleted, 0);
}

pub(in crate::artifacts) async fn a_long_sweep_is_done_in_pieces(bench: Bench) {
    async fn leave_many(bench: &Bench) {
        for number in 0..100 {
            leave(bench, &format!("blobs/{number:02x}/left")).await;
        }
        bench.wait(HOUR * 2).await;
    }
    leave_many(&bench).await;
    // The first round begins anywhere.
    while bench.artifacts.sweep(HOUR).await.unwrap().more {}
    leave_many(&bench).await;
    let swept = bench.artifacts.sweep(HOUR).await.unwrap();
    assert_eq!((swept.deleted, swept.more), (64, true));
    let swept = bench.artifacts.sweep(HOUR).await.unwrap();
    assert_eq!((swept.deleted, swept.more), (36, false));
    assert!(bench.objects.keys().await.is_empty());
}
