//! What happens when a write fails.

use std::io;
use std::sync::atomic::Ordering;

use object_store::path::Path;
use opencode_store::ErrorKind;
use opencode_store::artifact::{ArtifactStore as _, Expect, PutOptions};

use super::bench::{Bench, HOUR};
use super::support::{chunks, name, upload};

#[tokio::test]
async fn the_disk_says_why() {
    let bench = Bench::in_memory().await;
    for (fault, kind) in [
        (io::ErrorKind::StorageFull, ErrorKind::Full),
        (io::ErrorKind::QuotaExceeded, ErrorKind::Full),
        (io::ErrorKind::ReadOnlyFilesystem, ErrorKind::ReadOnly),
        (io::ErrorKind::PermissionDenied, ErrorKind::ReadOnly),
        (io::ErrorKind::ConnectionReset, ErrorKind::Unavailable),
    ] {
        for size in [100, 9_000_000] {
            bench.objects.fail_next_write(fault);
            let bytes = upload(chunks(size, 65_536));
            let error = bench.upload("a", bytes).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{fault:?}");
            assert!(bench.artifacts.artifact(bench.turn, &name("a")).await.unwrap().is_none());
            assert!(bench.objects.keys().await.is_empty());
        }
    }
}

#[tokio::test]
async fn bytes_stay_when_nobody_knows_whether_they_are_named() {
    let bench = Bench::in_memory().await;
    let put = || bench.put("a", PutOptions::default(), "one".into());
    bench.index.lose_answer.store(true, Ordering::SeqCst);
    let lost = put().await;
    assert_eq!(lost.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(bench.read("a", 100).await.unwrap().unwrap().1, "one");
    assert!(!put().await.unwrap().changed, "the same call once more finds it done");
    bench.wait(HOUR * 2).await;
    assert_eq!(bench.artifacts.sweep(HOUR).await.unwrap().deleted, 0);
}

#[tokio::test]
async fn a_whole_sweep_between_asking_and_naming_loses_nothing() {
    let bench = Bench::in_memory().await;
    bench.put("a", PutOptions::default(), "one".into()).await.unwrap();
    bench.artifacts.remove(bench.turn, &name("a"), Expect::Any).await.unwrap();
    bench.index.sweep_first.store(true, Ordering::SeqCst);
    bench.put("b", PutOptions::default(), "one".into()).await.unwrap();
    assert_eq!(bench.read("b", 100).await.unwrap().unwrap().1, "one");
}

#[tokio::test]
async fn an_object_that_cannot_be_deleted_is_told_and_tried_again() {
    let bench = Bench::in_memory().await;
    for file in ["a", "b"] {
        bench.put(file, PutOptions::default(), file.into()).await.unwrap();
        bench.artifacts.remove(bench.turn, &name(file), Expect::Any).await.unwrap();
    }
    *bench.objects.stuck.lock().unwrap() = Some(Path::from(bench.objects.keys().await[0].as_str()));
    bench.wait(HOUR).await;
    let swept = bench.artifacts.sweep(HOUR).await.unwrap();
    assert_eq!((swept.deleted, swept.failed), (1, 1));
    *bench.objects.stuck.lock().unwrap() = None;
    let swept = bench.artifacts.sweep(HOUR).await.unwrap();
    assert_eq!((swept.deleted, swept.failed), (1, 0));
}
