//! Which files are listed, and what is said of the others.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::super::point::Point;
use super::super::{ListOptions, Listing, Refusal, Refused};
use super::attack::Attack;
use super::meddle::{at, has_happened};
use super::stage::{Stage, names_in};

fn files(listing: &Listing) -> Vec<&str> {
    listing.files.iter().map(|file| file.name.as_str()).collect()
}

fn skipped(listing: &Listing) -> Vec<(&str, Refusal)> {
    reasons(&listing.skipped)
}

fn passed_over(listing: &Listing) -> Vec<(&str, Refusal)> {
    reasons(&listing.passed_over)
}

fn reasons(refused: &[Refused]) -> Vec<(&str, Refusal)> {
    refused.iter().map(|refused| (refused.name.as_str(), refused.why.clone())).collect()
}

#[test]
fn an_empty_folder_has_no_files() {
    let stage = Stage::new();
    std::fs::remove_dir_all(stage.inside.join("deep")).unwrap();
    assert_eq!(stage.sandbox.list(&ListOptions::default()).unwrap(), Listing::default());
}

#[test]
fn the_files_of_the_folder_are_listed_by_name() {
    let stage = Stage::new();
    std::fs::write(stage.inside.join("b.md"), "b").unwrap();
    std::fs::write(stage.inside.join("a.md"), "aa").unwrap();
    let listing = stage.sandbox.list(&ListOptions::default()).unwrap();
    assert_eq!(files(&listing), ["a.md", "b.md"]);
    assert_eq!(listing.files[0].size, 2);
    assert_eq!(passed_over(&listing), [("deep", Refusal::Folder)]);

    let listing = stage.sandbox.list(&ListOptions::default().recursive()).unwrap();
    assert_eq!(files(&listing), ["a.md", "b.md", "deep/work.txt"]);
    assert!(listing.skipped.is_empty());
}

#[test]
fn g22_what_is_left_out_is_said_with_the_reason() {
    let stage = Stage::new();
    let inside = &stage.inside;
    std::fs::write(inside.join(".env"), "").unwrap();
    std::fs::create_dir_all(inside.join(".git/objects")).unwrap();
    std::fs::write(inside.join("large"), [0; 65]).unwrap();
    std::fs::write(inside.join("debug.log"), "").unwrap();
    std::fs::write(inside.join("back\\slash"), "").unwrap();
    std::fs::write(inside.join(std::ffi::OsStr::from_bytes(b"latin-\xe9")), "").unwrap();
    std::fs::create_dir_all(inside.join("deep/er/est")).unwrap();
    symlink(&stage.outside, inside.join("link")).unwrap();
    Attack::HardLink.on(&stage, "debug.log")();
    Attack::Pipe.on(&stage, "pipe")();

    let options = ListOptions::default().with_max_depth(2).ignoring(["*.log"]).unwrap();
    let listing = stage.sandbox.list(&options).unwrap();
    assert_eq!(files(&listing), ["deep/work.txt"]);
    assert_eq!(
        skipped(&listing),
        [
            ("back\\slash", Refusal::Name),
            ("deep/er/est", Refusal::TooDeep { limit: 2 }),
            ("large", Refusal::TooLarge { limit: 64 }),
            ("latin-\u{fffd}", Refusal::Name),
            ("link", Refusal::Link),
            ("other name", Refusal::HardLink),
            ("pipe", Refusal::Special),
        ]
    );
    assert_eq!(
        passed_over(&listing),
        [(".env", Refusal::Hidden), (".git", Refusal::Hidden), ("debug.log", Refusal::Ignored)]
    );
    let hidden = stage.sandbox.list(&ListOptions::default().with_hidden()).unwrap();
    assert!(files(&hidden).contains(&".env"));
}

#[test]
fn g22_limits_of_the_listing_are_said() {
    let stage = Stage::new();
    for name in ["a", "b", "c"] {
        std::fs::write(stage.inside.join(name), name).unwrap();
    }
    let listing = stage.sandbox.list(&ListOptions::default().with_max_files(2)).unwrap();
    assert_eq!(files(&listing), ["a", "b"]);
    assert_eq!(skipped(&listing), [("c", Refusal::TooMany { limit: 2 })]);

    let listing = stage.sandbox.list(&ListOptions::default().with_max_entries(3)).unwrap();
    assert_eq!(listing.files.len() + listing.skipped.len() + listing.passed_over.len(), 4);
    let endless = Refused::new(".", Refusal::Endless { limit: 3 });
    assert_eq!(listing.skipped.iter().find(|skipped| skipped.name == "."), Some(&endless));
    assert_eq!(endless.to_string(), r#""." is left out: more than 3 entries were not looked at"#);
}

#[test]
fn g22_what_is_not_named_is_counted() {
    let stage = Stage::new();
    for at in 0..1010 {
        std::fs::write(stage.inside.join(format!(".{at}")), "").unwrap();
        symlink("nowhere", stage.inside.join(format!("link-{at}"))).unwrap();
    }
    let listing = stage.sandbox.list(&ListOptions::default().recursive()).unwrap();
    assert_eq!((listing.skipped.len(), listing.skipped_more), (1000, 10));
    assert_eq!((listing.passed_over.len(), listing.passed_over_more), (1000, 10));
    assert_eq!(files(&listing), ["deep/work.txt"], "and files are listed all the same");
}

#[test]
fn n15_what_is_older_than_asked_for_is_left_out_with_two_seconds_of_slack() {
    let stage = Stage::new();
    let now = Timestamp::try_from(SystemTime::now()).unwrap();
    let since = |seconds: i64| {
        let options = ListOptions::default().recursive();
        let options = options.changed_since(now + jiff::SignedDuration::from_secs(seconds));
        stage.sandbox.list(&options).unwrap()
    };
    assert_eq!(files(&since(-60)), ["deep/work.txt"]);
    // A clock that is a little ahead of the one that files get their times from.
    assert_eq!(files(&since(1)), ["deep/work.txt"]);
    assert_eq!(passed_over(&since(60)), [("deep/work.txt", Refusal::Old)]);
}

#[test]
fn a_file_cannot_hide_by_claiming_to_be_old() {
    let stage = Stage::new();
    let file = std::fs::File::options().write(true).open(stage.inside.join("deep/work.txt")).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(86_400)).unwrap();
    let before = Timestamp::try_from(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    let options = ListOptions::default().recursive().changed_since(before);
    assert_eq!(files(&stage.sandbox.list(&options).unwrap()), ["deep/work.txt"]);
}

#[test]
fn g20_a_folder_that_becomes_a_link_is_not_looked_into() {
    for point in [Point::Listed, Point::Entering] {
        let stage = Stage::new();
        at(point, Attack::FolderLink.on(&stage, "deep/work.txt"));
        let listing = stage.sandbox.list(&ListOptions::default().recursive()).unwrap();
        assert!(has_happened(), "{point:?} was not reached");
        assert_eq!(files(&listing), [""; 0], "{point:?}");
        assert_eq!(skipped(&listing), [("deep", Refusal::Link)], "{point:?}");
    }
}

#[test]
fn w55_a_file_that_vanishes_in_between_is_said_to_be_gone() {
    let stage = Stage::new();
    std::fs::write(stage.inside.join("a"), "").unwrap();
    at(Point::Listed, Attack::Gone.on(&stage, "a"));
    let listing = stage.sandbox.list(&ListOptions::default().recursive()).unwrap();
    assert!(has_happened());
    assert_eq!(files(&listing), ["deep/work.txt"]);
    assert_eq!(skipped(&listing), [("a", Refusal::NotThere)]);
}

#[test]
fn a_loop_of_links_has_an_end() {
    let stage = Stage::new();
    symlink(".", stage.inside.join("loop")).unwrap();
    symlink("..", stage.inside.join("deep/up")).unwrap();
    let listing = stage.sandbox.list(&ListOptions::default().recursive()).unwrap();
    assert_eq!(files(&listing), ["deep/work.txt"]);
    assert_eq!(skipped(&listing), [("deep/up", Refusal::Link), ("loop", Refusal::Link)]);
    assert_eq!(names_in(&stage.inside), ["deep", "loop"]);
}
