//! Whatever an agent leaves in its folder.

use std::collections::HashSet;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::super::{ListOptions, Refusal, Sandbox};
use super::stage::{LIMIT, SECRET, Stage};

/// What an agent makes.
#[derive(Debug, Clone)]
enum Made {
    File(Vec<u8>),
    Folder,
    Link(PathBuf),
    HardLink,
}

fn made() -> impl Strategy<Value = Made> {
    let target = prop_oneof![
        Just(PathBuf::from("/etc/passwd")),
        Just(PathBuf::from("../outside")),
        Just(PathBuf::from("../outside/work.txt")),
        Just(PathBuf::from(".")),
        Just(PathBuf::from("deep/work.txt")),
    ];
    prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..70).prop_map(Made::File),
        2 => Just(Made::Folder),
        1 => target.prop_map(Made::Link),
        1 => Just(Made::HardLink),
    ]
}

/// Names as agents choose them: of letters that mean something, and of any.
fn part() -> impl Strategy<Value = String> {
    let any_name = "\\PC{1,12}";
    let odd = prop::sample::select(vec![
        "deep",
        "a",
        "b",
        ".a",
        "...",
        " ",
        "-rf",
        "CON",
        "a\\b",
        "a\nb",
        "é",
        "e\u{301}",
        "\u{202e}txt",
        "*",
    ]);
    prop_oneof![
        odd.prop_map(str::to_owned),
        any_name.prop_filter("one part", |name| { !name.contains('/') && name != "." && name != ".." })
    ]
}

/// The folder that is to hold a path, made where it is missing; `None` if that is outside, behind a link.
fn folder(root: &Path, parts: &[String]) -> Option<PathBuf> {
    let mut folder = root.to_owned();
    for part in parts {
        folder.push(part);
        drop(std::fs::create_dir(&folder));
        if !folder.canonicalize().is_ok_and(|folder| folder.starts_with(root)) {
            return None;
        }
    }
    Some(folder)
}

/// Makes what an agent makes; what is outside is never written by the test itself.
fn make(root: &Path, outside: &Path, path: &[String], made: &Made) {
    let (name, parents) = path.split_last().unwrap();
    let Some(path) = folder(root, parents).map(|folder| folder.join(name)) else { return };
    drop(match made {
        Made::File(_) if path.symlink_metadata().is_ok() => Ok(()),
        Made::File(bytes) => std::fs::write(path, bytes),
        Made::Folder => std::fs::create_dir(path),
        Made::Link(target) => symlink(target, path),
        Made::HardLink => std::fs::hard_link(outside.join("work.txt"), path),
    });
}

#[test]
fn what_lies_behind_a_link_is_not_made_by_these_tests() {
    let stage = Stage::new();
    let make = |path: &[&str], made| {
        let path: Vec<_> = path.iter().map(|part| (*part).to_owned()).collect();
        make(&stage.inside, &stage.outside, &path, &made);
    };
    make(&["a"], Made::Link("../outside".into()));
    make(&["a", "b", "c"], Made::File(Vec::new()));
    make(&["b", "c", "d"], Made::Folder);
    stage.assert_untouched();
    assert!(stage.inside.join("b/c/d").is_dir());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn g20_only_files_of_the_agent_are_listed_and_read(
        tree in prop::collection::vec((prop::collection::vec(part(), 1..4), made()), 0..12),
        depth in 0_usize..4,
        max_files in 0_usize..12,
    ) {
        let stage = Stage::new();
        for (path, made) in &tree {
            make(&stage.inside, &stage.outside, path, made);
        }
        let options = ListOptions::default().with_max_depth(depth).with_max_files(max_files);
        let listing = stage.sandbox.list(&options).unwrap();

        prop_assert!(listing.files.len() <= max_files);
        let names: HashSet<_> = listing.files.iter().map(|file| file.name.as_str()).collect();
        prop_assert_eq!(names.len(), listing.files.len(), "each once");
        for file in &listing.files {
            let path = stage.inside.join(file.name.as_str());
            prop_assert!(path.canonicalize().unwrap() == path, "{} is reached without links", path.display());
            let bytes = stage.sandbox.file(&file.name).unwrap().read().unwrap();
            prop_assert_eq!(&bytes[..], &std::fs::read(path).unwrap()[..]);
            prop_assert_ne!(&bytes[..], SECRET);
            prop_assert!(bytes.len() as u64 <= LIMIT && bytes.len() as u64 == file.size);
        }
        let left_out: Vec<_> = listing.skipped.iter().chain(&listing.passed_over).collect();
        prop_assert!(is_accounted_for(&stage.sandbox, &names, &left_out));
        stage.assert_untouched();
    }

    #[test]
    fn g20_no_name_reads_or_writes_outside(text in "[./a\\PC]{1,40}|(deep|\\.\\.|outside|work\\.txt|/){1,6}") {
        let stage = Stage::new();
        if let Ok(name) = text.parse() {
            if let Ok(bytes) = stage.sandbox.file(&name).and_then(|file| file.read()) {
                prop_assert_ne!(&bytes[..], SECRET);
            }
            drop(stage.sandbox.write(&name, b"new"));
            drop(stage.sandbox.remove(&name));
        }
        stage.assert_untouched();
    }
}

/// Whether every name below the root is a file that is listed, or is said to be left out, or is in a folder that is.
fn is_accounted_for(sandbox: &Sandbox, files: &HashSet<&str>, skipped: &[&super::super::Refused]) -> bool {
    let said: HashSet<_> = skipped.iter().map(|refused| refused.name.as_str()).collect();
    let mut folders = vec![sandbox.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let path = entry.path();
            let name = path.strip_prefix(sandbox.path()).unwrap().to_string_lossy().into_owned();
            if files.contains(name.as_str()) || said.contains(name.as_str()) {
                continue;
            }
            if !entry.file_type().unwrap().is_dir() {
                return false;
            }
            folders.push(path);
        }
    }
    // Nothing was stopped in the middle.
    !skipped.iter().any(|refused| matches!(refused.why, Refusal::Endless { .. }))
}
