//! A repository with a folder for worktrees.

use std::path::{Path, PathBuf};

use opencode_orchestrate::worktree::{Risk, Worktree, WorktreeError, Worktrees};
use opencode_store::session::Subject;
use opencode_testkit::git::{ENVIRONMENT, Repository};

/// A repository with one commit, and worktrees of it.
pub(super) struct Rig {
    pub(super) repository: Repository,
    pub(super) worktrees: Worktrees,
}

impl Rig {
    pub(super) fn new_or_skip() -> Option<Self> {
        let repository = Repository::fresh_or_skip()?;
        let worktrees = worktrees(repository.path(), &repository.folder().join("worktrees"));
        Some(Self { repository, worktrees })
    }

    pub(super) fn root(&self) -> PathBuf {
        self.repository.folder().join("worktrees")
    }

    pub(super) async fn ensure(&self, key: &str) -> Worktree {
        self.worktrees.ensure(&subject(key)).await.unwrap()
    }

    pub(super) async fn risk(&self, worktree: &Worktree) -> Risk {
        self.worktrees.risk(worktree).await.unwrap()
    }

    /// What is said of a worktree that must not be removed.
    pub(super) async fn refusal(&self, worktree: &Worktree) -> Risk {
        match self.worktrees.remove(worktree, false).await.unwrap_err() {
            WorktreeError::AtRisk { risk, .. } => *risk,
            error => panic!("{error}"),
        }
    }

    pub(super) fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        self.repository.git(folder, arguments)
    }

    /// Runs git in the repository itself.
    pub(super) fn in_repository(&self, arguments: &[&str]) -> String {
        self.repository.git(self.repository.path(), arguments)
    }

    pub(super) fn branches(&self) -> Vec<String> {
        let said = self.in_repository(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
        said.lines().map(str::to_owned).collect()
    }

    /// A repository that others push to, known as `origin`.
    pub(super) fn add_remote(&self) {
        let path = self.repository.folder().join("remote.git").display().to_string();
        self.in_repository(&["init", "--quiet", "--bare", "--initial-branch=main", &path]);
        self.in_repository(&["remote", "add", "origin", &path]);
        self.in_repository(&["push", "--quiet", "origin", "main"]);
    }
}

/// Worktrees without the configuration of the machine and its user.
pub(super) fn worktrees(repository: &Path, root: &Path) -> Worktrees {
    let worktrees = Worktrees::new(repository, root);
    ENVIRONMENT.iter().fold(worktrees, |worktrees, (name, value)| worktrees.with_env(name, value))
}

pub(super) fn subject(key: &str) -> Subject {
    Subject::new("acme", key).unwrap()
}

/// The names of everything in a folder.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
