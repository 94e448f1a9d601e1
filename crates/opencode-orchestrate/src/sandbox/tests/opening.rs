//! Which folders are sandboxes.

use std::os::unix::fs::symlink;
use std::path::Path;

use opencode_store::session::Subject;
use opencode_store::turn::TurnId;

use super::super::point::Point;
use super::super::{Sandbox, SandboxError, SandboxOptions, Sandboxes};
use super::attack::Attack;
use super::meddle::{at, elsewhere, has_happened};
use super::stage::{Stage, name, names_in};

#[test]
fn a_folder_that_is_there_is_opened() {
    let stage = Stage::new();
    assert_eq!(stage.sandbox.path(), stage.inside);
    assert_eq!(stage.sandbox.directory().unwrap(), stage.inside.to_str().unwrap());
}

#[test]
fn a_folder_that_is_missing_is_said_to_be_and_can_be_made() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a/b");
    assert!(Sandbox::open(&path).unwrap_err().is_not_there());
    Sandbox::create(&path).unwrap();
    Sandbox::create(&path).unwrap();
    assert!(Sandbox::open(&path).is_ok());
}

#[test]
fn what_is_no_folder_is_refused() {
    let stage = Stage::new();
    let file = stage.inside.join("deep/work.txt");
    assert!(matches!(Sandbox::open(&file), Err(SandboxError::NotAFolder { path }) if path == file));
    assert!(matches!(Sandbox::create(&file), Err(SandboxError::NotAFolder { .. })));
    assert!(matches!(Sandbox::open(file.join("more")), Err(SandboxError::NotAFolder { .. })));
}

#[test]
fn w55_a_link_is_refused_by_name_and_links_above_are_followed() {
    let stage = Stage::new();
    let link = stage.outside.with_file_name("link");
    symlink(&stage.inside, &link).unwrap();
    let error = Sandbox::open(&link).unwrap_err();
    assert_eq!(error.to_string(), format!("{} is a link: name the folder that it leads to", link.display()));
    // Made anew it is the same link.
    assert!(matches!(Sandbox::create(&link), Err(SandboxError::Link { .. })));

    let below = Sandbox::open(link.join("deep")).unwrap();
    for path in [link.join("deep/work.txt"), stage.inside.join("deep/work.txt")] {
        assert_eq!(below.name_of(path.to_str().unwrap()), Some(name("work.txt")), "however it is called");
    }
    assert_eq!(below.path(), stage.inside.join("deep"), "and the path is that of the folder");
    assert!(below.file(&name("work.txt")).is_ok());
}

#[test]
fn w55_a_relative_path_is_one() {
    // Tests run in the folder of their crate.
    let sandbox = Sandbox::open("src/../src").unwrap();
    assert!(sandbox.path().is_absolute() && sandbox.path().ends_with("src"));
    assert!(Sandbox::open("src").unwrap().file(&name("lib.rs")).is_ok());
    assert!(Sandbox::open(".").unwrap().path().is_absolute());
    assert_eq!(Sandbox::open("/").unwrap().path(), Path::new("/"));
}

#[test]
fn g20_a_root_that_is_replaced_while_it_is_opened_is_refused() {
    for point in [Point::RootLooked, Point::RootOpened] {
        for attack in [Attack::RootLink, Attack::RootReplaced] {
            let stage = Stage::new();
            at(point, attack.on(&stage, "deep/work.txt"));
            let opened = Sandbox::open(&stage.inside);
            assert!(has_happened());
            match (point, attack) {
                // The other folder was there before the first was opened, so it is the one.
                (Point::RootLooked, Attack::RootReplaced) => assert!(opened.is_ok()),
                _ => assert!(matches!(opened, Err(SandboxError::Replaced { .. })), "{attack:?} at {point:?}"),
            }
        }
    }
}

#[test]
fn what_the_server_gets_is_looked_at_again() {
    for attack in [Attack::RootLink, Attack::RootReplaced] {
        let stage = Stage::new();
        attack.on(&stage, "deep/work.txt")();
        let error = stage.sandbox.directory().unwrap_err();
        assert_eq!(error.to_string(), format!("{} is another folder by now", stage.inside.display()));
    }
    let stage = Stage::new();
    std::fs::remove_dir_all(&stage.inside).unwrap();
    assert!(matches!(stage.sandbox.directory(), Err(SandboxError::Replaced { .. })));
}

#[test]
fn a_folder_in_a_worktree_is_refused_where_that_is_asked_for() {
    let stage = Stage::new();
    let outside = SandboxOptions::default().outside_worktrees();
    let sandbox = Sandbox::open_with(&stage.inside, &outside).unwrap();
    // What the agent makes of its own folder is its own.
    std::fs::create_dir(stage.inside.join(".git")).unwrap();
    assert!(Sandbox::open_with(&stage.inside, &outside).is_ok());

    // A file is what a linked worktree has.
    let worktree = stage.inside.parent().unwrap().to_owned();
    std::fs::write(worktree.join(".git"), "gitdir: elsewhere").unwrap();
    let error = Sandbox::open_with(&stage.inside, &outside).unwrap_err();
    let expected = format!("{} is in the Git worktree {}", stage.inside.display(), worktree.display());
    assert_eq!(error.to_string(), expected);
    assert_eq!(sandbox.directory().unwrap_err().to_string(), expected);
    assert!(Sandbox::open(&stage.inside).is_ok(), "unless it does not matter");
}

#[test]
fn g20_a_system_that_can_promise_nothing_has_no_sandboxes() {
    let stage = Stage::new();
    let error = elsewhere(|| Sandbox::open(&stage.inside)).unwrap_err();
    assert!(matches!(error, SandboxError::Unsupported));
}

#[test]
fn a_subject_has_one_sandbox_and_a_turn_another() {
    let home = tempfile::tempdir().unwrap();
    let sandboxes = Sandboxes::new(home.path().join("sandboxes"));
    let subject = Subject::new("acme", "../../conversation").unwrap();
    assert!(!sandboxes.remove_subject(&subject).unwrap());

    let sandbox = sandboxes.of_subject(&subject).unwrap();
    assert_eq!(sandbox.path().parent().unwrap(), sandboxes.folder().canonicalize().unwrap());
    assert_eq!(sandboxes.of_subject(&subject).unwrap().path(), sandbox.path());
    let turn = sandboxes.of_turn(TurnId::new(7)).unwrap();
    assert!(turn.path().ends_with("turn-7"));

    sandbox.write(&name("a/b.md"), b"b").unwrap();
    assert!(sandboxes.remove_subject(&subject).unwrap());
    assert!(sandboxes.remove_turn(TurnId::new(7)).unwrap());
    assert!(names_in(sandboxes.folder()).is_empty());
}

#[test]
fn g20_what_links_of_a_deleted_sandbox_lead_to_stays() {
    let stage = Stage::new();
    let subject = Subject::new("acme", "1").unwrap();
    let sandboxes = Sandboxes::new(stage.inside.join("sandboxes"));
    let sandbox = sandboxes.of_subject(&subject).unwrap();
    symlink(&stage.outside, sandbox.path().join("link")).unwrap();
    std::fs::create_dir(sandbox.path().join("deep")).unwrap();
    symlink(stage.outside.join("work.txt"), sandbox.path().join("deep/link")).unwrap();
    assert!(sandboxes.remove_subject(&subject).unwrap());
    stage.assert_untouched();
}
