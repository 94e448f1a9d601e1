//! A git repository of one's own, whatever the user's configuration says.
//!
//! ```no_run
//! use opencode_testkit::git::Repository;
//!
//! // `None`, after a line that says why, on a machine without git.
//! let Some(repository) = Repository::fresh_or_skip() else { return };
//! let commit = repository.commit(repository.path(), "README.md", "Hello.");
//! assert_eq!(repository.git(repository.path(), &["rev-parse", "main"]), commit);
//! ```

mod skip;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What keeps a git program from the configuration of the machine and its user, and gives commits an author.
pub const ENVIRONMENT: [(&str, &str); 8] = [
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_AUTHOR_NAME", "Test"),
    ("GIT_AUTHOR_EMAIL", "test@example.invalid"),
    ("GIT_COMMITTER_NAME", "Test"),
    ("GIT_COMMITTER_EMAIL", "test@example.invalid"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("LC_ALL", "C"),
];

/// What would lead git to another repository inside somebody's hook.
const LEADS_AWAY: [&str; 5] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"];

/// A repository in a temporary folder, gone when this is dropped. Its branch is `main`.
#[derive(Debug)]
pub struct Repository {
    folder: TempDir,
    path: PathBuf,
}

impl Repository {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|error| failed("a temporary folder", &error));
        // Resolved, as git tells it.
        let root = folder.path().canonicalize().unwrap_or_else(|error| failed("a temporary folder", &error));
        let path = root.join("repository");
        let repository = Self { folder, path };
        let path = repository.path.display().to_string();
        repository.git(&root, &["init", "--quiet", "--initial-branch=main", &path]);
        repository
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder around it, for what else the test needs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(self.folder.path())
    }

    /// Runs git in a folder, and gives what it has said, without the end of the last line.
    ///
    /// # Panics
    ///
    /// When it fails, with what it has complained about.
    #[track_caller]
    #[expect(clippy::panic, reason = "this is an assertion of the calling test")]
    #[expect(clippy::must_use_candidate, reason = "most commands are run for what they do")]
    pub fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        match self.try_git(folder, arguments) {
            Ok(said) => said,
            Err(complaint) => panic!("git {}: {complaint}", arguments.join(" ")),
        }
    }

    /// The same for what may fail.
    ///
    /// # Errors
    ///
    /// What git has complained about.
    pub fn try_git(&self, folder: &Path, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder).args(arguments).stdin(Stdio::null()).envs(ENVIRONMENT);
        for name in LEADS_AWAY {
            command.env_remove(name);
        }
        let output = command.output().map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Writes a file in a worktree of it, and commits that. Gives the commit.
    ///
    /// # Panics
    ///
    /// When it cannot be written, or git fails.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "most commits are made for what is in them")]
    pub fn commit(&self, worktree: &Path, file: &str, text: &str) -> String {
        if let Err(error) = std::fs::write(worktree.join(file), text) {
            failed(file, &error)
        }
        self.git(worktree, &["add", "--", file]);
        self.git(worktree, &["commit", "--quiet", "--message", file]);
        self.git(worktree, &["rev-parse", "HEAD"])
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "this is an assertion of the calling test")]
fn failed(what: &str, error: &std::io::Error) -> ! {
    panic!("{what}: {error}")
}
