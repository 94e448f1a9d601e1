//! Files as streams.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt as _;

use super::super::{Refused, Sandbox, SandboxFile};
use super::attack::Attack;
use super::stage::{Stage, WORK, name, work};

async fn collect(file: SandboxFile) -> io::Result<Bytes> {
    let pieces: Vec<Bytes> = file.into_stream().try_collect().await?;
    let mut all = BytesMut::new();
    pieces.iter().for_each(|piece| all.extend_from_slice(piece));
    Ok(all.freeze())
}

#[tokio::test]
async fn a_stream_has_all_bytes() {
    let home = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::create(home.path().join("box")).unwrap();
    for size in [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 1_000_000] {
        let bytes: Vec<u8> = (0..size).map(|at: usize| at.to_le_bytes()[0]).collect();
        sandbox.write(&name("file"), &bytes).unwrap();
        assert_eq!(collect(sandbox.file(&name("file")).unwrap()).await.unwrap(), bytes, "{size}");
    }
}

#[tokio::test]
async fn a_stream_of_a_file_that_changes_ends_in_an_error() {
    for (attack, expected) in [
        (Attack::GrownTooLarge, r#""deep/work.txt" is left out: it has more than 64 bytes"#),
        (Attack::HardLink, r#""deep/work.txt" is left out: it is a hard link"#),
        (Attack::Grown, r#""deep/work.txt" is left out: it changed while it was read"#),
    ] {
        let stage = Stage::new();
        let file = stage.sandbox.file(&work()).unwrap();
        attack.on(&stage, "deep/work.txt")();
        let error = collect(file).await.unwrap_err();
        assert_eq!(Refused::behind(&error).expect("it says why").to_string(), expected);
    }
}

#[tokio::test]
async fn a_stream_of_a_file_whose_name_was_taken_away_ends_in_an_error_too() {
    let stage = Stage::new();
    let file = stage.sandbox.file(&work()).unwrap();
    Attack::Other.on(&stage, "deep/work.txt")();
    let error = collect(file).await.unwrap_err();
    assert!(Refused::behind(&error).expect("it says why").why.is_passing(), "{error}");
    assert_eq!(stage.read().unwrap(), b"other work");
    assert_ne!(stage.read().unwrap(), WORK);
}
