//! Bytes that are not what was stored.

use bytes::Bytes;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use opencode_store::ErrorKind;
use opencode_store::artifact::{ArtifactStore as _, PutOptions};

use crate::artifacts::bench::Bench;
use crate::artifacts::support::{name, read_error};

/// Stores an artifact, and gives the key of its object.
async fn stored(bench: &Bench, bytes: &'static str) -> Path {
    bench.put("a.txt", PutOptions::default(), bytes.into()).await.unwrap();
    let keys = bench.objects.keys().await;
    assert_eq!(keys.len(), 1);
    Path::from(keys[0].as_str())
}

pub(in crate::artifacts) async fn flipped_bytes_are_noticed(bench: Bench) {
    let key = stored(&bench, "precious").await;
    bench.objects.put(&key, Bytes::from("Precious").into()).await.unwrap();
    let error = read_error(bench.artifacts.open(bench.turn, &name("a.txt")).await).await;
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    insta::allow_duplicates! {
        insta::assert_snapshot!(error, @"the bytes of the artifact have another digest");
    }
    let error = bench.read("a.txt", 100).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

pub(in crate::artifacts) async fn truncated_bytes_are_noticed(bench: Bench) {
    let key = stored(&bench, "precious").await;
    bench.objects.put(&key, Bytes::from("prec").into()).await.unwrap();
    let error = read_error(bench.artifacts.open(bench.turn, &name("a.txt")).await).await;
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    insta::allow_duplicates! {
        insta::assert_snapshot!(error, @"the artifact has 4 bytes instead of 8");
    }
}

pub(in crate::artifacts) async fn missing_bytes_are_noticed(bench: Bench) {
    let key = stored(&bench, "precious").await;
    bench.objects.delete(&key).await.unwrap();
    let error = read_error(bench.artifacts.open(bench.turn, &name("a.txt")).await).await;
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(error.turn(), Some(bench.turn));
    insta::allow_duplicates! {
        insta::assert_snapshot!(error, @"the bytes of the artifact are gone");
    }
    assert!(bench.artifacts.artifact(bench.turn, &name("a.txt")).await.unwrap().is_some());
}

pub(in crate::artifacts) async fn bytes_that_come_back_heal_what_was_lost(bench: Bench) {
    let key = stored(&bench, "precious").await;
    bench.objects.delete(&key).await.unwrap();
    bench.put("b.txt", PutOptions::default(), "precious".into()).await.unwrap();
    for file in ["a.txt", "b.txt"] {
        let (_, bytes) = bench.read(file, 100).await.unwrap().unwrap();
        assert_eq!(bytes, "precious");
    }
}
