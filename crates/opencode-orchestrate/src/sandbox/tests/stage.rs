//! A sandbox, and a folder beside it with what must not come out.

use std::path::{Path, PathBuf};

use opencode_store::artifact::ArtifactName;
use tempfile::TempDir;

use super::super::{Sandbox, SandboxOptions};

/// What is in the file outside.
pub(super) const SECRET: &[u8] = b"a secret of the host";
/// What is in the agent's file.
pub(super) const WORK: &[u8] = b"the agent's work";
/// How many bytes a file has at most.
pub(super) const LIMIT: u64 = 64;

/// A sandbox with `deep/work.txt`, and a folder outside with a file of the same name.
pub(super) struct Stage {
    _home: TempDir,
    pub(super) inside: PathBuf,
    pub(super) outside: PathBuf,
    pub(super) sandbox: Sandbox,
}

impl Stage {
    pub(super) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().canonicalize().unwrap();
        let (inside, outside) = (path.join("box"), path.join("outside"));
        std::fs::create_dir_all(inside.join("deep")).unwrap();
        std::fs::create_dir_all(&outside).unwrap();
        std::fs::write(inside.join("deep/work.txt"), WORK).unwrap();
        std::fs::write(outside.join("work.txt"), SECRET).unwrap();
        let options = SandboxOptions::default().with_max_file_bytes(LIMIT);
        let sandbox = Sandbox::open_with(&inside, &options).unwrap();
        Self { _home: home, inside, outside, sandbox }
    }

    /// Reads the agent's file.
    pub(super) fn read(&self) -> Result<Vec<u8>, super::super::Refused> {
        self.sandbox.file(&work()).and_then(|file| file.read()).map(|bytes| bytes.to_vec())
    }

    /// That the folder outside is as it was.
    pub(super) fn assert_untouched(&self) {
        assert_eq!(std::fs::read(self.outside.join("work.txt")).unwrap(), SECRET);
        assert_eq!(names_in(&self.outside), ["work.txt"]);
    }
}

/// The agent's file.
pub(super) fn work() -> ArtifactName {
    name("deep/work.txt")
}

pub(super) fn name(text: &str) -> ArtifactName {
    text.parse().unwrap()
}

pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
