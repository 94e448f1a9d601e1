//! Names, and what they lead to.

use bytes::Bytes;
use opencode_store::ErrorKind;
use opencode_store::artifact::{ArtifactStore as _, ArtifactStoreExt as _, Digest, Expect, PutOptions};
use opencode_wire::model::Json;

use crate::artifacts::bench::Bench;
use crate::artifacts::support::name;

fn trust() -> Option<Json> {
    Some(Json::from_value(&serde_json::json!({ "by": "host" })).unwrap())
}

pub(in crate::artifacts) async fn g21_same_bytes_are_stored_once(bench: Bench) {
    for (turn, file) in [(bench.turn, "a.md"), (bench.turn, "b.md"), (bench.other_turn, "a.md")] {
        let file = name(file);
        let stored = bench.artifacts.put_bytes(turn, &file, PutOptions::default(), "# same".into());
        assert!(stored.await.unwrap().changed);
    }
    assert_eq!(bench.objects.keys().await.len(), 1);
    let (artifact, bytes) =
        bench.artifacts.read_bytes(bench.other_turn, &name("a.md"), 100).await.unwrap().unwrap();
    assert_eq!((artifact.size, bytes), (6, Bytes::from("# same")));
    assert_eq!(artifact.digest, Digest::of(b"# same"));
}

pub(in crate::artifacts) async fn g21_the_last_write_wins(bench: Bench) {
    for (bytes, revision) in [("one", 1), ("two", 2), ("three", 3)] {
        let stored = bench.put("a.txt", PutOptions::default(), bytes.into());
        assert_eq!(stored.await.unwrap().artifact.revision, revision);
    }
    let (_, bytes) = bench.read("a.txt", 100).await.unwrap().unwrap();
    assert_eq!(bytes, "three");
    assert_eq!(bench.artifacts.artifacts(bench.turn).await.unwrap().len(), 1);
}

pub(in crate::artifacts) async fn g21_attaching_twice_changes_nothing(bench: Bench) {
    let options = PutOptions::default().with_trust(trust());
    let put = || bench.put("a.txt", options.clone(), "one".into());
    let (first, second) = (put().await.unwrap(), put().await.unwrap());
    assert!(first.changed && !second.changed);
    assert_eq!(first.artifact, second.artifact);
    assert_eq!(bench.objects.keys().await.len(), 1);
}

pub(in crate::artifacts) async fn g21_trust_is_not_inherited(bench: Bench) {
    let put = |options, bytes: &'static str| bench.put("a.txt", options, bytes.into());
    let trusted = put(PutOptions::default().with_trust(trust()), "rendered").await.unwrap();
    assert_eq!(trusted.artifact.trust, trust());
    assert_eq!(put(PutOptions::default(), "by the agent").await.unwrap().artifact.trust, None);
    put(PutOptions::default().with_trust(trust()), "rendered").await.unwrap();
    // Not even by the very same bytes: who attaches them is what counts.
    let same = put(PutOptions::default(), "rendered").await.unwrap();
    assert!(same.changed);
    assert_eq!(same.artifact.trust, None);
}

pub(in crate::artifacts) async fn what_was_expected_has_to_be_there(bench: Bench) {
    let put = |expect, bytes: &'static str| {
        let options = PutOptions::default().with_expect(expect);
        bench.put("a.txt", options, bytes.into())
    };
    put(Expect::Absent, "one").await.unwrap();
    for (expect, bytes) in
        [(Expect::Absent, "two"), (Expect::Absent, "one"), (Expect::Digest(Digest::of(b"two")), "two")]
    {
        assert_eq!(put(expect, bytes).await.unwrap_err().kind(), ErrorKind::Conflict);
    }
    assert_eq!(bench.objects.keys().await.len(), 1, "what was refused is deleted");
    put(Expect::Digest(Digest::of(b"one")), "two").await.unwrap();
    let (_, bytes) = bench.read("a.txt", 100).await.unwrap().unwrap();
    assert_eq!(bytes, "two");
    let error = bench.read("a.txt", 2).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    insta::allow_duplicates! {
        insta::assert_snapshot!(error, @"the artifact has 3 bytes, and no more than 2 were to be read");
    }
}

pub(in crate::artifacts) async fn a_name_is_taken_away(bench: Bench) {
    let file = name("a.txt");
    bench.artifacts.put_bytes(bench.turn, &file, PutOptions::default(), "one".into()).await.unwrap();
    let other = Expect::Digest(Digest::of(b"two"));
    let error = bench.artifacts.remove(bench.turn, &file, other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(bench.artifacts.remove(bench.turn, &file, Expect::Any).await.unwrap());
    assert!(!bench.artifacts.remove(bench.turn, &file, Expect::Any).await.unwrap());
    assert!(bench.artifacts.open(bench.turn, &file).await.unwrap().is_none());
    assert!(bench.artifacts.artifact(bench.turn, &file).await.unwrap().is_none());
    assert_eq!(bench.objects.keys().await.len(), 1, "the bytes wait for a sweep");
}

pub(in crate::artifacts) async fn names_are_any_text(bench: Bench) {
    let names =
        ["größe.txt", "a/b/c d.txt", "日本語/ファイル", "🦀", "#1", "100%", "a#1", "con", "e\u{301}", "é"];
    for text in names {
        let bytes = Bytes::from(text);
        bench.put(text, PutOptions::default(), bytes).await.unwrap();
    }
    for text in names {
        let (_, bytes) = bench.read(text, 100).await.unwrap().unwrap();
        assert_eq!(bytes, text);
    }
    assert_eq!(bench.artifacts.artifacts(bench.turn).await.unwrap().len(), names.len());
}

pub(in crate::artifacts) async fn what_runs_scripts_is_not_shown(bench: Bench) {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".as_slice();
    let html = b"<!DOCTYPE html><script>alert(1)</script>".as_slice();
    let cases = [
        ("page.html", html, "text/html", false),
        ("page.txt", html, "text/html", false),
        ("page", html, "text/html", false),
        ("page.png", html, "text/html", false),
        ("drawing.svg", svg, "image/svg+xml", false),
        ("picture.html", png, "image/png", true),
        ("notes.txt", b"hello".as_slice(), "text/plain", true),
        ("broken.png", b"\0\x01\x02".as_slice(), "application/octet-stream", false),
    ];
    for (file, bytes, content_type, inline) in cases {
        let options = PutOptions::default().with_content_type("image/png");
        let stored = bench.put(file, options, bytes.into()).await.unwrap();
        assert_eq!(stored.artifact.content_type, content_type, "{file}");
        assert_eq!(stored.artifact.is_inline_safe(), inline, "{file}");
        let header = stored.artifact.content_disposition(true);
        assert_eq!(header.starts_with("inline"), inline, "{file}: {header}");
        assert!(stored.artifact.content_disposition(false).starts_with("attachment"));
    }
    let options = PutOptions::default().with_content_type("nonsense");
    let error = bench.put("a", options, "a".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
