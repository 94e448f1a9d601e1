//! Files of one set, in a file system that takes two names for one.

use std::fs;

use crate::sandbox::Sandbox;
use crate::upload::commit::Committed;
use crate::upload::names::Names;
use crate::upload::receive::{Received, Room, receive};
use crate::upload::{Upload, UploadError};

async fn received(sandbox: &Sandbox, upload: Upload<'_>) -> Received {
    receive(sandbox, upload, Room { file: 100, total: 100, before: 0 }).await.unwrap()
}

/// A sandbox in which a file of a set is found by the name that the next one of the set is to get: so it is where two
/// names are one.
async fn with_two_names_for_one(second: Upload<'_>) -> (tempfile::TempDir, Result<Committed, UploadError>) {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(folder.path()).unwrap();
    let first = received(&sandbox, Upload::from_bytes("a.md", "first")).await;
    let mut second = received(&sandbox, second).await;
    let (mut names, mut committed) = (Names::default(), Committed::new(&sandbox));
    let (one, other) = (names.free("a.md").unwrap(), names.free("b.md").unwrap());
    second.file().set_name(&other);
    committed.add(first, one, &mut names).unwrap();
    fs::hard_link(folder.path().join("a.md"), folder.path().join("b.md")).unwrap();
    let added = committed.add(second, other, &mut names).map(|()| committed);
    (folder, added)
}

#[tokio::test]
async fn w57_a_file_never_replaces_one_of_its_own_set() {
    let (folder, committed) = with_two_names_for_one(Upload::from_bytes("b.md", "second")).await;
    let files = committed.unwrap().keep();
    assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["a.md", "b-2.md"]);
    assert_eq!(fs::read(folder.path().join("b-2.md")).unwrap(), b"second");
    assert_eq!(fs::read(folder.path().join("b.md")).unwrap(), b"first");
}

#[tokio::test]
async fn a_name_of_the_host_is_refused_where_it_is_that_of_another_file() {
    let upload = Upload::from_bytes("x.md", "second").with_name("b.md");
    let (folder, committed) = with_two_names_for_one(upload).await;
    let error = committed.unwrap_err();
    assert!(matches!(&error, UploadError::NameTaken { name } if name == "b.md"), "{error}");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["b.md"], "what was there before, as far as anybody can tell");
}
