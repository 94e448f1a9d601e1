//! Whatever an agent leaves in its folder, only its own files are listed, and each name is accounted for.

#![no_main]

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use opencode_orchestrate::sandbox::{ListOptions, Sandbox};

/// What an agent makes.
#[derive(Debug, Arbitrary)]
enum Made {
    File { path: Vec<Part>, bytes: u8 },
    Folder { path: Vec<Part> },
    Link { path: Vec<Part>, target: Vec<Part>, is_absolute: bool },
    HardLink { path: Vec<Part> },
}

/// A name, of few that meet often or of any.
#[derive(Debug, Arbitrary)]
enum Part {
    Few(u8),
    Any(String),
    Up,
}

impl Part {
    fn text(&self) -> String {
        match self {
            Self::Few(letter) => char::from(b'a' + letter % 4).to_string(),
            Self::Any(name) => name.clone(),
            Self::Up => "..".to_owned(),
        }
    }
}

const SECRET: &str = "a secret of the host";

fuzz_target!(|input: (Vec<Made>, u8, u8, Vec<String>)| {
    let (made, depth, files, patterns) = input;
    let home = tempfile::tempdir().unwrap();
    let home = home.path().canonicalize().unwrap();
    let (inside, outside) = (home.join("box"), home.join("outside"));
    fs::create_dir_all(&inside).unwrap();
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("a"), SECRET).unwrap();
    for made in made.iter().take(16) {
        make(&inside, &outside, made);
    }

    let sandbox = Sandbox::open(&inside).unwrap();
    let max_files = usize::from(files % 16);
    let options = ListOptions::default().with_max_depth(usize::from(depth % 6)).with_max_files(max_files);
    let Ok(options) = options.ignoring(patterns.iter().take(4)) else { return };
    let listing = sandbox.list(&options).unwrap();
    assert!(listing.files.len() <= max_files);
    let mut names = HashSet::new();
    for file in &listing.files {
        assert!(names.insert(file.name.as_str().to_owned()), "each once");
        let path = inside.join(file.name.as_str());
        assert_eq!(path.canonicalize().unwrap(), path, "reached without links");
        let bytes = sandbox.file(&file.name).unwrap().read().unwrap();
        assert_ne!(&bytes[..], SECRET.as_bytes());
        assert_eq!(bytes.len() as u64, file.size);
    }
    let left_out = listing.skipped.iter().chain(&listing.passed_over);
    names.extend(left_out.map(|refused| refused.name.clone()));
    assert!(is_accounted_for(&inside, &inside, &names), "{listing:?}");
    assert_eq!(fs::read_to_string(outside.join("a")).unwrap(), SECRET);
});

/// Makes it if it is inside: what is outside is never written by this program itself.
fn make(inside: &Path, outside: &Path, made: &Made) {
    let (Made::File { path, .. } | Made::Folder { path } | Made::Link { path, .. } | Made::HardLink { path }) = made;
    let path = path.iter().take(4).fold(inside.to_owned(), |path, part| path.join(part.text()));
    let Some(parent) = path.parent() else { return };
    if !path.starts_with(inside) || path.components().any(|part| part.as_os_str() == "..") {
        return;
    }
    let _made = fs::create_dir_all(parent);
    if !parent.canonicalize().is_ok_and(|parent| parent.starts_with(inside)) || path.symlink_metadata().is_ok() {
        return;
    }
    let _made = match made {
        Made::File { bytes, .. } => fs::write(path, vec![b'x'; usize::from(*bytes)]),
        Made::Folder { .. } => fs::create_dir(path),
        Made::HardLink { .. } => fs::hard_link(outside.join("a"), path),
        Made::Link { target, is_absolute, .. } => {
            let root = if *is_absolute { inside.to_owned() } else { Path::new("").to_owned() };
            symlink(target.iter().take(4).fold(root, |path, part| path.join(part.text())), path)
        }
    };
}

/// Whether each name is listed, or said to be left out, or in a folder that is.
fn is_accounted_for(root: &Path, folder: &Path, names: &HashSet<String>) -> bool {
    fs::read_dir(folder).unwrap().all(|entry| {
        let entry = entry.unwrap();
        let path = entry.path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        names.contains(&name)
            || entry.file_type().unwrap().is_dir() && is_accounted_for(root, &path, names)
    })
}
