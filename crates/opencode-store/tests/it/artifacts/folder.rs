//! What only a folder does.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opencode_store::artifact::{
    ArtifactStore as _, ArtifactStoreExt as _, ObjectArtifacts, PutOptions, Stored,
};
use opencode_store::turn::TurnId;
use opencode_store::{ErrorKind, Result};

use super::bench::HOUR;
use super::index::index;
use super::support::{chunks, name, skipped, upload};

async fn store(artifacts: &ObjectArtifacts, turn: TurnId, size: usize) -> Result<Stored> {
    artifacts.put(turn, &name("a"), PutOptions::default(), upload(chunks(size, 65_536))).await
}

/// A small file system of its own, where that is permitted.
struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    fn new(at: &'a Path, options: &str) -> Option<Self> {
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).output();
        if mount.is_ok_and(|mount| mount.status.success()) {
            return Some(Self(at));
        }
        skipped("this test needs to mount a file system");
        None
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "the file system is still mounted");
    }
}

#[tokio::test]
async fn a_folder_is_made_and_found_again() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/b");
    let (index, _, [turn, _]) = index().await;
    let put = ObjectArtifacts::local(Arc::clone(&index), &folder).unwrap();
    put.put_bytes(turn, &name("a"), PutOptions::default(), "one".into()).await.unwrap();
    // As another process would.
    let other = ObjectArtifacts::local(index, &folder).unwrap();
    assert_eq!(other.read_bytes(turn, &name("a"), 100).await.unwrap().unwrap().1, "one");
}

#[tokio::test]
async fn a_file_is_no_folder() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = ObjectArtifacts::local(index().await.0, path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert_eq!(error.to_string(), "the place of the artifacts' bytes is something else than a folder");
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_mount) = Mount::new(folder.path(), "ro,size=1m") else { return };
    let (index, _, [turn, _]) = index().await;
    let artifacts = ObjectArtifacts::local(Arc::clone(&index), folder.path()).unwrap();
    for size in [10, 9_000_000] {
        let put = store(&artifacts, turn, size);
        let error = put.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReadOnly);
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"the bytes of artifacts cannot be written where they are");
        }
    }
    assert_eq!(artifacts.sweep(HOUR).await.unwrap_err().kind(), ErrorKind::ReadOnly);
    let error = ObjectArtifacts::local(index, folder.path().join("new")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly);
}

#[tokio::test]
async fn a_full_disk_says_so_and_nothing_stays_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_mount) = Mount::new(folder.path(), "size=4m") else { return };
    let (index, _, [turn, _]) = index().await;
    let artifacts = ObjectArtifacts::local(index, folder.path()).unwrap();
    artifacts.put_bytes(turn, &name("first"), PutOptions::default(), "one".into()).await.unwrap();
    for size in [6_000_000, 12_000_000] {
        let put = store(&artifacts, turn, size);
        let error = put.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Full);
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"there is no room left where the bytes of artifacts are");
        }
    }
    // A test beside this one may be starting a program, which has the files of all tests open for an instant.
    let fits = async { while store(&artifacts, turn, 3_000_000).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(20), fits).await.expect("what did not fit has left its room");
    artifacts.read_bytes(turn, &name("first"), 100).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_a_killed_process_was_writing_is_swept() {
    let folder = tempfile::tempdir().unwrap();
    let (index, _, [turn, _]) = index().await;
    let artifacts = ObjectArtifacts::local(index, folder.path()).unwrap();
    artifacts.put_bytes(turn, &name("a"), PutOptions::default(), "one".into()).await.unwrap();
    let (long_ago, below) = (SystemTime::now() - HOUR * 2, folder.path());
    fs::create_dir_all(below.join("incoming")).unwrap();
    fs::create_dir_all(below.join("blobs/ab")).unwrap();
    for (file, written) in [
        ("incoming/old#1", long_ago),
        ("incoming/young#1", SystemTime::now() + Duration::from_secs(1)),
        ("blobs/ab/old#12", long_ago),
        ("blobs/ab/other#x", long_ago),
    ] {
        let file = fs::File::create(below.join(file)).unwrap();
        file.set_len(10).unwrap();
        file.set_modified(written).unwrap();
    }
    let swept = artifacts.sweep(HOUR).await.unwrap();
    // The last is an object, by its name: nobody knows it, and it is old.
    assert_eq!((swept.deleted, swept.bytes, swept.kept_young), (3, 30, 1));
    assert!(below.join("incoming/young#1").exists() && !below.join("incoming/old#1").exists());
    artifacts.read_bytes(turn, &name("a"), 100).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_file_that_is_cut_while_it_is_read_is_noticed() {
    use futures_util::TryStreamExt as _;

    let folder = tempfile::tempdir().unwrap();
    let (index, _, [turn, _]) = index().await;
    let artifacts = ObjectArtifacts::local(index, folder.path()).unwrap();
    store(&artifacts, turn, 1_000_000).await.unwrap();
    let mut reader = artifacts.open(turn, &name("a")).await.unwrap().unwrap();
    assert!(reader.try_next().await.unwrap().is_some());
    let shard = fs::read_dir(folder.path().join("blobs")).unwrap().next().unwrap().unwrap().path();
    let object = fs::read_dir(shard).unwrap().next().unwrap().unwrap().path();
    fs::OpenOptions::new().write(true).open(object).unwrap().set_len(20_000).unwrap();
    let error = loop {
        match reader.try_next().await {
            Ok(chunk) => assert!(chunk.is_some(), "the cut was not noticed"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}
