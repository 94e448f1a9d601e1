//! Several at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::future::join_all;
use opencode_store::ErrorKind;
use opencode_store::artifact::{ArtifactStore as _, ArtifactStoreExt as _, Expect, PutOptions};

use crate::artifacts::bench::{Bench, HOUR};
use crate::artifacts::support::{chunks, name, upload};

pub(in crate::artifacts) async fn one_of_many_is_first(bench: Bench) {
    let racers = (0..16).map(|number| {
        let (artifacts, turn) = (bench.artifacts.clone(), bench.turn);
        tokio::spawn(async move {
            let options = PutOptions::default().with_expect(Expect::Absent);
            let bytes = Bytes::from(format!("racer {number}"));
            artifacts.put_bytes(turn, &name("a.txt"), options, bytes.clone()).await.map(|_| bytes)
        })
    });
    let ends: Vec<_> = join_all(racers).await.into_iter().map(Result::unwrap).collect();
    let winners: Vec<_> = ends.iter().filter_map(|end| end.as_ref().ok()).collect();
    assert_eq!(winners.len(), 1);
    for error in ends.iter().filter_map(|end| end.as_ref().err()) {
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }
    let (_, bytes) = bench.read("a.txt", 100).await.unwrap().unwrap();
    assert_eq!(&bytes, winners[0]);
    assert_eq!(bench.objects.keys().await.len(), 1, "the others have left nothing");
}

pub(in crate::artifacts) async fn many_uploads_of_the_same_bytes_leave_one_object(bench: Bench) {
    const LARGE: usize = 9_000_000;
    for (size, racing) in [(1000, 16), (LARGE, 4)] {
        let racers = (0..racing).map(|number| {
            let (artifacts, turn) = (bench.artifacts.clone(), bench.turn);
            tokio::spawn(async move {
                let file = name(&format!("{size}-{number}"));
                artifacts.put(turn, &file, PutOptions::default(), upload(chunks(size, 65_536))).await
            })
        });
        for end in join_all(racers).await {
            assert!(end.unwrap().unwrap().changed);
        }
    }
    assert_eq!(bench.objects.keys().await.len(), 2);
    bench.wait(HOUR * 2).await;
    assert_eq!(bench.artifacts.sweep(HOUR).await.unwrap().deleted, 0);
    for artifact in bench.artifacts.artifacts(bench.turn).await.unwrap() {
        bench.artifacts.read_bytes(bench.turn, &artifact.name, LARGE as u64).await.unwrap().unwrap();
    }
}

pub(in crate::artifacts) async fn a_reader_has_all_of_one_version(bench: Bench) {
    let versions = [vec![b'a'; 300_000], vec![b'b'; 200_000]].map(Bytes::from);
    let put = |version: usize| bench.put("a", PutOptions::default(), versions[version].clone());
    put(0).await.unwrap();
    let done = AtomicBool::new(false);
    let writing = async {
        for round in 0..40 {
            put(round % 2).await.unwrap();
        }
        done.store(true, Ordering::SeqCst);
    };
    let reading = async {
        while !done.load(Ordering::SeqCst) {
            let (_, bytes) = bench.read("a", 1 << 20).await.unwrap().unwrap();
            assert!(versions.contains(&bytes));
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(writing, reading);
}

pub(in crate::artifacts) async fn a_sweep_never_takes_bytes_that_get_a_name(bench: Bench) {
    let bench = Arc::new(bench);
    bench.index.is_swept.store(true, Ordering::SeqCst);
    let done = Arc::new(AtomicBool::new(false));
    let sweeping = tokio::spawn({
        let (bench, done) = (Arc::clone(&bench), Arc::clone(&done));
        async move {
            let mut deleted = 0;
            while !done.load(Ordering::SeqCst) {
                // Whatever has no name at this moment is out of use for long enough.
                bench.clock.advance(HOUR * 2);
                deleted += bench.artifacts.sweep(HOUR).await.unwrap().deleted;
            }
            deleted
        }
    });
    for round in 0..60 {
        let file = name(&format!("file-{}", round % 3));
        bench.artifacts.put_bytes(bench.turn, &file, PutOptions::default(), "the same".into()).await.unwrap();
        let read = bench.artifacts.read_bytes(bench.turn, &file, 100).await;
        assert_eq!(read.unwrap().unwrap().1, "the same", "round {round}");
        bench.artifacts.remove(bench.turn, &file, Expect::Any).await.unwrap();
        tokio::task::yield_now().await;
    }
    bench.put("last", PutOptions::default(), "the same".into()).await.unwrap();
    done.store(true, Ordering::SeqCst);
    sweeping.await.unwrap();
    bench.read("last", 100).await.unwrap().unwrap();
}
