//! What happens when a write fails.

use std::io;
use std::sync::Arc;

use object_store::ObjectStore;
use opencode_store::ErrorKind;
use opencode_store::artifact::{ArtifactStore as _, ArtifactStoreExt as _, ObjectArtifacts, PutOptions};

use super::bench::{Bench, HOUR};
use super::index::Deaf;
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
    let objects = Arc::clone(&bench.objects) as Arc<dyn ObjectStore>;
    let deaf = ObjectArtifacts::new(Arc::new(Deaf(Arc::clone(&bench.index))), objects);
    let lost = deaf.put_bytes(bench.turn, &name("a"), PutOptions::default(), "one".into()).await;
    assert_eq!(lost.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(bench.read("a", 100).await.unwrap().unwrap().1, "one");
    assert!(!put().await.unwrap().changed, "the same call once more finds it done");
    bench.wait(HOUR * 2).await;
    assert_eq!(bench.artifacts.sweep(HOUR).await.unwrap().deleted, 0);
}
