//! Bytes that come and go in pieces.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use opencode_store::artifact::{
    ArtifactName, ArtifactStore as _, Expect, ObjectArtifacts, PutOptions, Stored,
};
use opencode_store::turn::TurnId;
use opencode_store::{ErrorKind, Result};

use crate::artifacts::bench::{Bench, HOUR};
use crate::artifacts::support::{chunks, drain, name, upload};

const MIB: usize = 1024 * 1024;
const LARGE: usize = 20_000_000;
const CHUNK: usize = 65_521;

pub(in crate::artifacts) async fn twenty_megabytes_are_not_held(bench: Bench) {
    let (written, given) = (Arc::clone(&bench.objects.written), AtomicUsize::new(0));
    let ahead = Arc::new(AtomicUsize::new(0));
    let most_ahead = Arc::clone(&ahead);
    // What was taken from the stream and is not written yet is what is held.
    let bytes = chunks(LARGE, CHUNK).inspect(move |chunk| {
        let given = given.fetch_add(chunk.len(), Ordering::SeqCst) + chunk.len();
        most_ahead.fetch_max(given - written.load(Ordering::SeqCst), Ordering::SeqCst);
    });
    let file = name("large.bin");
    let stored = bench.artifacts.put(bench.turn, &file, PutOptions::default(), upload(bytes)).await.unwrap();
    assert_eq!(stored.artifact.size, LARGE as u64);
    assert!(
        ahead.load(Ordering::SeqCst) <= 8 * MIB + CHUNK,
        "{} bytes were held",
        ahead.load(Ordering::SeqCst)
    );
    assert!(bench.objects.largest.load(Ordering::SeqCst) <= 8 * MIB);
    let keys = bench.objects.keys().await;
    assert!(keys.len() == 1 && keys[0].starts_with("blobs/"), "{keys:?}");

    let reader = bench.artifacts.open(bench.turn, &file).await.unwrap().unwrap();
    let (size, _, error) = drain(reader).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(size, LARGE as u64);

    let again = bench.upload("other.bin", upload(chunks(LARGE, MIB)));
    assert_ne!(again.await.unwrap().artifact.digest, stored.artifact.digest);
    let same = upload(chunks(LARGE, CHUNK));
    bench.upload("same.bin", same).await.unwrap();
    assert_eq!(bench.objects.keys().await.len(), 2, "large bytes are stored once too");
}

pub(in crate::artifacts) async fn the_cap_is_kept(bench: Bench) {
    for (cap, size) in [(1000, 1001), (12 * MIB, 12 * MIB + 1)] {
        let artifacts = bench.artifacts.clone().with_max_bytes(cap as u64);
        let put = |size| put_capped(&artifacts, bench.turn, size);
        let error = put(size).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert_eq!(error.to_string(), format!("the artifact has more than {cap} bytes"));
        assert!(bench.objects.keys().await.is_empty());
        assert!(artifacts.artifacts(bench.turn).await.unwrap().is_empty());
        put(cap).await.unwrap();
        artifacts.remove(bench.turn, &bench_name(), Expect::Any).await.unwrap();
        bench.wait(HOUR).await;
        artifacts.sweep(HOUR).await.unwrap();
    }
}

async fn put_capped(artifacts: &ObjectArtifacts, turn: TurnId, size: usize) -> Result<Stored> {
    artifacts.put(turn, &bench_name(), PutOptions::default(), upload(chunks(size, CHUNK))).await
}

fn bench_name() -> ArtifactName {
    name("capped.bin")
}

pub(in crate::artifacts) async fn an_upload_that_fails_leaves_nothing(bench: Bench) {
    for size in [100, LARGE] {
        let failure = stream::iter([Err(io::Error::other("the sender is gone"))]);
        let bytes = upload(chunks(size, CHUNK)).chain(failure).boxed();
        let error = bench.upload("a", bytes).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"the bytes that were to be stored could not be read");
        }
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the sender is gone");
        assert_eq!(bench.objects.open.load(Ordering::SeqCst), 0, "the parts are deleted");
        assert!(bench.artifacts.artifact(bench.turn, &name("a")).await.unwrap().is_none());
        assert!(bench.objects.keys().await.is_empty());
    }
}

pub(in crate::artifacts) async fn an_upload_that_is_dropped_names_nothing(bench: Bench) {
    for size in [100, LARGE] {
        let (stalled, reached) = tokio::sync::oneshot::channel();
        let stall = stream::once(async move {
            stalled.send(()).unwrap();
            futures_util::future::pending().await
        });
        let bytes = upload(chunks(size, CHUNK)).chain(stall).boxed();
        let (artifacts, turn) = (bench.artifacts.clone(), bench.turn);
        let putting =
            tokio::spawn(async move { artifacts.put(turn, &name("a"), PutOptions::default(), bytes).await });
        reached.await.unwrap();
        putting.abort();
        assert!(putting.await.unwrap_err().is_cancelled());
        bench.objects.settled().await;
        assert!(bench.artifacts.artifact(bench.turn, &name("a")).await.unwrap().is_none());
        bench.wait(HOUR).await;
        bench.artifacts.sweep(HOUR).await.unwrap();
        assert!(bench.objects.keys().await.is_empty());
    }
    // Dropped before it was ever polled.
    let put = bench.upload("a", upload([Bytes::from("a")]));
    drop(put);
    assert!(bench.artifacts.artifact(bench.turn, &name("a")).now_or_never().unwrap().unwrap().is_none());
}

pub(in crate::artifacts) async fn nothing_is_something_too(bench: Bench) {
    let stored = bench.put("empty.txt", PutOptions::default(), Bytes::new()).await.unwrap();
    assert_eq!((stored.artifact.size, stored.artifact.content_type.as_str()), (0, "text/plain"));
    let (_, bytes) = bench.read("empty.txt", 0).await.unwrap().unwrap();
    assert!(bytes.is_empty());
    // The end of a part is the end of the bytes.
    for size in [8 * MIB, 16 * MIB] {
        let bytes = upload(chunks(size, MIB));
        bench.upload("parts", bytes).await.unwrap();
        let reader = bench.artifacts.open(bench.turn, &name("parts")).await.unwrap().unwrap();
        let (read, _, error) = drain(reader).await;
        assert!(read == size as u64 && error.is_none());
    }
}
