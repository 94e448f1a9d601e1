//! Files that are given out, and those that are not.

use super::super::{Refusal, Sandbox, SandboxOptions};
use super::attack::Attack;
use super::stage::{LIMIT, Stage, WORK, name, work};

#[test]
fn a_file_is_given_out_as_it_is() {
    let stage = Stage::new();
    let file = stage.sandbox.file(&work()).unwrap();
    assert_eq!((file.name().as_str(), file.size()), ("deep/work.txt", WORK.len() as u64));
    assert!(file.modified_at() > jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(file.read().unwrap(), WORK);
}

#[test]
fn a_file_without_bytes_is_one() {
    let stage = Stage::new();
    std::fs::write(stage.inside.join("empty"), "").unwrap();
    assert_eq!(stage.sandbox.file(&name("empty")).unwrap().read().unwrap(), "");
}

#[test]
fn what_is_not_there_is_said_so() {
    let stage = Stage::new();
    for missing in ["missing", "deep/missing", "missing/work.txt", "deep/work.txt/more"] {
        assert_eq!(stage.sandbox.file(&name(missing)).unwrap_err().why, Refusal::NotThere, "{missing}");
    }
}

#[test]
fn g20_what_is_no_file_of_its_own_is_refused() {
    for (attack, why) in [
        (Attack::Link, Refusal::Link),
        (Attack::HardLinkOutside, Refusal::HardLink),
        (Attack::HardLink, Refusal::HardLink),
        (Attack::Pipe, Refusal::Special),
        (Attack::Socket, Refusal::Special),
        (Attack::Folder, Refusal::Folder),
        (Attack::GrownTooLarge, Refusal::TooLarge { limit: LIMIT }),
        (Attack::FolderLink, Refusal::Link),
    ] {
        let stage = Stage::new();
        attack.on(&stage, "deep/work.txt")();
        assert_eq!(stage.read().unwrap_err().why, why, "{attack:?}");
    }
}

#[test]
fn g20_a_link_to_another_file_of_the_sandbox_is_refused_too() {
    let stage = Stage::new();
    std::os::unix::fs::symlink("deep/work.txt", stage.inside.join("alias")).unwrap();
    std::os::unix::fs::symlink("deep", stage.inside.join("also")).unwrap();
    assert_eq!(stage.sandbox.file(&name("alias")).unwrap_err().why, Refusal::Link);
    assert_eq!(stage.sandbox.file(&name("also/work.txt")).unwrap_err().why, Refusal::Link);
}

#[test]
fn a_file_of_exactly_as_many_bytes_as_allowed_is_given_out() {
    let stage = Stage::new();
    let bytes = vec![b'x'; usize::try_from(LIMIT).unwrap()];
    std::fs::write(stage.inside.join("full"), &bytes).unwrap();
    assert_eq!(stage.sandbox.file(&name("full")).unwrap().read().unwrap(), bytes);
}

#[test]
fn w55_a_file_that_was_opened_stays_the_one_that_is_read() {
    let stage = Stage::new();
    let file = stage.sandbox.file(&work()).unwrap();
    Attack::FolderLink.on(&stage, "deep/work.txt")();
    assert_eq!(file.read().unwrap(), WORK);
}

#[test]
fn w55_a_sandbox_that_was_moved_is_read_through_its_handle() {
    let stage = Stage::new();
    Attack::RootReplaced.on(&stage, "deep/work.txt")();
    assert_eq!(stage.read().unwrap(), WORK);
}

#[test]
fn names_with_patterns_in_them_are_names() {
    let home = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::create(home.path().join("[a-z]{*}?")).unwrap();
    sandbox.write(&name("**/[x].md"), b"x").unwrap();
    assert_eq!(sandbox.file(&name("**/[x].md")).unwrap().read().unwrap(), "x");
}

#[test]
fn a_limit_of_the_host_counts() {
    let stage = Stage::new();
    let options = SandboxOptions::default().with_max_file_bytes(3);
    let sandbox = Sandbox::open_with(&stage.inside, &options).unwrap();
    let refused = sandbox.file(&work()).unwrap_err();
    assert_eq!(refused.to_string(), r#""deep/work.txt" is left out: it has more than 3 bytes"#);
}
