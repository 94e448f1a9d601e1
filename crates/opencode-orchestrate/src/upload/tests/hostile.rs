//! What an agent may have put in the place of a file, and what it may do meanwhile.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};

use super::place::{Place, entries, meanwhile};
use crate::sandbox::{Refusal, SandboxError};
use crate::upload::{Upload, UploadError};

fn why(error: &UploadError) -> &Refusal {
    match error {
        UploadError::Sandbox(SandboxError::Refused(refused)) => &refused.why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_link_is_replaced_and_not_followed() {
    let place = Place::new();
    fs::write(place.outside("passwd"), "outside").unwrap();
    symlink(place.outside("passwd"), place.inside("a.md")).unwrap();
    symlink(place.outside("nowhere"), place.inside("b.md")).unwrap();
    symlink(place.folder.path(), place.inside("c.md")).unwrap();
    let uploads = ["a.md", "b.md", "c.md"].map(|name| Upload::from_bytes(name, "new"));
    place.store(uploads).await.unwrap();
    assert_eq!(fs::read_to_string(place.outside("passwd")).unwrap(), "outside");
    assert_eq!(entries(place.folder.path()), ["box", "passwd"]);
    for name in ["a.md", "b.md", "c.md"] {
        assert!(fs::symlink_metadata(place.inside(name)).unwrap().is_file(), "{name}");
        assert_eq!(place.read(name), "new");
    }
}

#[tokio::test]
async fn a_hard_link_is_replaced_and_not_written_through() {
    let place = Place::new();
    fs::write(place.outside("key"), "outside").unwrap();
    fs::hard_link(place.outside("key"), place.inside("a.md")).unwrap();
    place.store([Upload::from_bytes("a.md", "new")]).await.unwrap();
    assert_eq!(fs::read_to_string(place.outside("key")).unwrap(), "outside");
    assert_eq!(
        (place.read("a.md").as_str(), fs::metadata(place.inside("a.md")).unwrap().nlink()),
        ("new", 1)
    );
}

#[tokio::test]
async fn a_pipe_is_replaced_and_not_waited_for() {
    let place = Place::new();
    let mode = rustix::fs::Mode::from_raw_mode(0o644);
    rustix::fs::mknodat(rustix::fs::CWD, place.inside("a.md"), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    place.store([Upload::from_bytes("a.md", "new")]).await.unwrap();
    assert!(fs::symlink_metadata(place.inside("a.md")).unwrap().is_file());
    assert_eq!(place.read("a.md"), "new");
}

#[tokio::test]
async fn a_folder_is_in_the_way_before_anything_is_replaced() {
    let place = Place::new();
    fs::write(place.inside("a.md"), "old").unwrap();
    fs::create_dir(place.inside("b.md")).unwrap();
    let uploads = ["a.md", "b.md", "c.md"].map(|name| Upload::from_bytes(name, "new"));
    let error = place.store(uploads).await.unwrap_err();
    assert_eq!(why(&error), &Refusal::Folder);
    assert_eq!(error.to_string(), r#""b.md" is left out: it is a folder"#);
    assert_eq!((place.read("a.md").as_str(), place.entries()), ("old", vec!["a.md".into(), "b.md".into()]));
}

#[tokio::test]
async fn a_name_that_leads_out_is_refused_and_nothing_is_written() {
    let place = Place::new();
    // A sibling whose path begins like that of the sandbox.
    fs::create_dir(place.outside("boxer")).unwrap();
    fs::write(place.outside("boxer/target"), "outside").unwrap();
    for bad in ["../boxer/target", "..", "", "a/b.md", "/etc/passwd"] {
        let uploads = [Upload::from_bytes("a.md", "a"), Upload::from_bytes("x", "new").with_name(bad)];
        let error = place.store(uploads).await.unwrap_err();
        assert!(matches!(&error, UploadError::BadName { name } if name == bad), "{error}");
        assert!(place.entries().is_empty());
    }
    assert_eq!(fs::read_to_string(place.outside("boxer/target")).unwrap(), "outside");
    // What the person calls it leads nowhere.
    place.store([Upload::from_bytes("../boxer/target", "new")]).await.unwrap();
    assert_eq!(fs::read_to_string(place.outside("boxer/target")).unwrap(), "outside");
    assert_eq!(place.read("target"), "new");
}

#[tokio::test]
async fn a_sandbox_that_is_another_folder_by_now_gets_nothing() {
    let place = Place::new();
    fs::write(place.inside("b.md"), "old").unwrap();
    let (path, moved) = (place.sandbox.path().to_owned(), place.outside("moved"));
    let swap = || {
        fs::rename(&path, &moved).unwrap();
        fs::create_dir(&path).unwrap();
    };
    let uploads = [Upload::from_bytes("b.md", "new"), meanwhile("a.md", swap)];
    let error = place.store(uploads).await.unwrap_err();
    assert!(matches!(error, UploadError::Sandbox(SandboxError::Replaced { .. })), "{error}");
    assert_eq!(entries(&moved), ["b.md"]);
    assert_eq!(fs::read_to_string(moved.join("b.md")).unwrap(), "old", "nothing was replaced either");
    assert!(entries(&path).is_empty());
}

#[tokio::test]
async fn w57_a_set_that_breaks_off_at_its_last_step_leaves_no_new_file() {
    let place = Place::new();
    for old in ["b.md", "c.md"] {
        fs::write(place.inside(old), "old").unwrap();
    }
    let path = place.sandbox.path();
    let take_away_the_last = || {
        let temporary = entries(path).into_iter().filter(|name| name.starts_with('.'));
        // Nothing is written into it yet.
        let empty: Vec<_> =
            temporary.filter(|name| fs::metadata(path.join(name)).unwrap().len() == 0).collect();
        let [last] = empty.as_slice() else { panic!("{empty:?}") };
        fs::remove_file(path.join(last)).unwrap();
    };
    let uploads = [
        Upload::from_bytes("a.md", "new"),
        Upload::from_bytes("b.md", "new"),
        meanwhile("c.md", take_away_the_last),
    ];
    let error = place.store(uploads).await.unwrap_err();
    assert_eq!(why(&error), &Refusal::Replaced);
    assert_eq!(place.entries(), ["b.md", "c.md"]);
    // What was replaced before cannot be had back.
    assert_eq!((place.read("b.md").as_str(), place.read("c.md").as_str()), ("new", "old"));
}

#[tokio::test]
async fn what_writers_that_died_have_left_is_taken_away() {
    let place = Place::new();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 60 * 60);
    let leave = |name: &str, time| {
        let file = fs::File::create(place.inside(name)).unwrap();
        file.set_modified(time).unwrap();
    };
    leave(".opencode-write-0123456789abcdef.tmp", old);
    leave(".opencode-write-0123456789abcdee.tmp", std::time::SystemTime::now());
    leave(".opencode-write-notes.tmp", old);
    leave("opencode-write-0123456789abcdef.tmp", old);
    fs::create_dir(place.inside(".opencode-write-0123456789abcded.tmp")).unwrap();
    place.store([Upload::from_bytes("a.md", "a")]).await.unwrap();
    assert_eq!(
        place.entries(),
        [
            ".opencode-write-0123456789abcded.tmp",
            ".opencode-write-0123456789abcdee.tmp",
            ".opencode-write-notes.tmp",
            "a.md",
            "opencode-write-0123456789abcdef.tmp",
        ]
    );
    assert_eq!(place.sandbox.sweep().unwrap(), 0);
}
