//! The repository and the folder of its worktrees, found and asked.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::git::{Answer, At, Git};
use super::listing::{self, Entry};
use super::lock::Lock;
use super::{WorktreeError, Worktrees};

/// Where what is removed waits to be deleted.
pub(super) const TRASH: &str = ".trash";
const LOCKS: &str = ".locks";
/// In the folder that all worktrees of the repository share, wherever they are.
const REGISTER: &str = "opencode-worktrees.lock";

/// The code with which git answers that it does not know an option.
const USAGE: i32 = 129;

/// The repository and the folder of its worktrees, as they are on this machine.
#[derive(Debug)]
pub(super) struct Site {
    git: Git,
    limit: Duration,
    repository: PathBuf,
    /// The folder in which git keeps what all worktrees share.
    pub(super) common: PathBuf,
    /// Where the worktrees are.
    pub(super) root: PathBuf,
    prefix: String,
}

impl Site {
    /// Finds the repository, and makes the folder of the worktrees.
    pub(super) async fn find(options: &Worktrees) -> Result<Self, WorktreeError> {
        let Worktrees { git, environment, limit, prefix, .. } = options;
        if !may_begin_a_branch(prefix) {
            return Err(WorktreeError::BadPrefix { prefix: prefix.clone() });
        }
        let git = Git::find(git, environment.clone(), *limit)?;
        let not_a_repository = || WorktreeError::NotARepository { path: options.repository.clone() };
        let repository = resolved(&options.repository).map_err(|_| not_a_repository())?;
        let answer =
            git.run("rev-parse", At::Folder(&repository), &["--git-common-dir".as_ref()], None).await?;
        // Git is asked in English, and has no code for it.
        if answer.complaint.contains("not a git repository") {
            return Err(not_a_repository());
        }
        let common = repository.join(answer.line()?);
        let common = common.canonicalize().map_err(WorktreeError::disk(&common))?;
        let root = &options.root;
        for folder in [root.join(TRASH), root.join(LOCKS)] {
            std::fs::create_dir_all(&folder).map_err(WorktreeError::disk(&folder))?;
        }
        let root = resolved(root).map_err(WorktreeError::disk(root))?;
        Ok(Self { git, limit: *limit, repository, common, root, prefix: prefix.clone() })
    }

    /// The branch of the worktree of that name.
    pub(super) fn branch_of(&self, folder: &str) -> String {
        format!("{}{folder}", self.prefix)
    }

    /// Waits until nobody else makes or removes the worktree of that name.
    pub(super) async fn lock(&self, folder: &str) -> Result<Lock, WorktreeError> {
        // By the first two digits of the digest: a file for each name would stay for ever.
        let digits = folder.rsplit_once('-').and_then(|(_, digits)| digits.get(..2)).unwrap_or("00");
        let path = self.root.join(folder);
        Lock::take(&self.root.join(LOCKS).join(digits), &path, self.limit).await
    }

    /// Waits until nobody else has git register a worktree or forget one: whoever reads the register meanwhile finds half of
    /// an entry, and git gives up.
    async fn register(&self) -> Result<Lock, WorktreeError> {
        Lock::take(&self.common.join(REGISTER), &self.repository, self.limit).await
    }

    /// Every worktree that git knows.
    pub(super) async fn list(&self) -> Result<Vec<Entry>, WorktreeError> {
        let _register = self.register().await?;
        let answer = self.ask("worktree list", &["--porcelain", "-z"]).await?;
        if answer.code == Some(USAGE) {
            let said = self.ask("worktree list", &["--porcelain"]).await?.ok()?;
            return Ok(listing::parse(&said, b'\n'));
        }
        Ok(listing::parse(&answer.ok()?, 0))
    }

    /// What git has registered at a place.
    pub(super) async fn entry_at(&self, path: &Path) -> Result<Option<Entry>, WorktreeError> {
        Ok(self.list().await?.into_iter().find(|entry| entry.is_at(path)))
    }

    /// The commit that a name stands for.
    pub(super) async fn commit_of(&self, name: &str) -> Result<Option<String>, WorktreeError> {
        // Git would take it for an option.
        if name.starts_with('-') {
            return Ok(None);
        }
        let answer = self.ask("rev-parse --verify --quiet", &[&format!("{name}^{{commit}}")]).await?;
        if answer.is_ok() { answer.line().map(Some) } else { Ok(None) }
    }

    /// Whether anything was ever committed.
    pub(super) async fn has_commits(&self) -> Result<bool, WorktreeError> {
        Ok(!self.ask("rev-list --all", &["--max-count=1"]).await?.ok()?.is_empty())
    }

    /// The commit that a branch is at.
    pub(super) async fn tip_of(&self, branch: &str) -> Result<Option<String>, WorktreeError> {
        self.commit_of(&format!("refs/heads/{branch}")).await
    }

    /// The last commit that two have in common.
    pub(super) async fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>, WorktreeError> {
        let answer = self.ask("merge-base", &[one, other]).await?;
        if answer.is_ok() { answer.line().map(Some) } else { Ok(None) }
    }

    /// How many commits before these are on no remote and on no branch but those of worktrees.
    ///
    /// Another worktree's branch does not count as a place where a commit is safe: it may be removed at the same moment, and
    /// for the same reason.
    pub(super) async fn commits_of_its_own(
        &self,
        commits: &[&str],
        branch: &str,
    ) -> Result<u64, WorktreeError> {
        if commits.is_empty() {
            return Ok(0);
        }
        let (ours, own) = (format!("--exclude={}*", self.prefix), format!("--exclude={branch}"));
        let mut arguments = commits.to_vec();
        arguments.extend(["--not", &ours, &own, "--branches", "--remotes"]);
        let said = self.ask("rev-list --count", &arguments).await?.line()?;
        said.parse().map_err(|_| WorktreeError::Unreadable { command: "rev-list" })
    }

    /// Registers a worktree, on a new branch that begins at a commit, or on a branch that is there. Its files are not written
    /// yet, because that may take long, and everybody else waits.
    pub(super) async fn add(
        &self,
        path: &Path,
        branch: &str,
        from: Option<&str>,
        lock: &Lock,
    ) -> Result<(), WorktreeError> {
        let mut arguments = vec![OsStr::new("--no-checkout")];
        match from {
            Some(commit) => {
                arguments.extend(["--no-track", "-b", branch, "--"].map(OsStr::new));
                arguments.extend([path.as_os_str(), commit.as_ref()]);
            }
            None => arguments.extend([OsStr::new("--"), path.as_os_str(), branch.as_ref()]),
        }
        let _register = self.register().await?;
        self.git
            .run("worktree add", At::Folder(&self.repository), &arguments, Some(lock))
            .await?
            .ok()
            .map(drop)
    }

    /// Writes the files of a worktree that nobody was given yet.
    pub(super) async fn write_files(
        &self,
        path: &Path,
        admin: &Path,
        lock: &Lock,
    ) -> Result<(), WorktreeError> {
        // Of somebody who was killed while he wrote them; nobody else writes as long as the lock is held.
        let _left = std::fs::remove_file(admin.join("index.lock"));
        let arguments = ["--hard", "--quiet", "--no-recurse-submodules"].map(OsStr::new);
        self.git.run("reset", At::Worktree { path, admin }, &arguments, Some(lock)).await?.ok().map(drop)
    }

    /// Has git forget a worktree whose folder is gone.
    pub(super) async fn forget(&self, path: &Path, lock: &Lock) -> Result<(), WorktreeError> {
        let arguments = ["--force".as_ref(), "--force".as_ref(), OsStr::new("--"), path.as_os_str()];
        let _register = self.register().await?;
        let answer =
            self.git.run("worktree remove", At::Folder(&self.repository), &arguments, Some(lock)).await?;
        answer.ok().map(drop)
    }

    /// Deletes a branch, if it is still at that commit.
    pub(super) async fn delete_branch(&self, branch: &str, commit: &str) -> Result<(), WorktreeError> {
        self.ask("update-ref -d", &[&format!("refs/heads/{branch}"), commit]).await?.ok().map(drop)
    }

    /// What is not committed in a worktree, as git says it.
    pub(super) async fn status(&self, path: &Path, admin: &Path) -> Result<Vec<u8>, WorktreeError> {
        let arguments = [
            "--porcelain=v2",
            "-z",
            "--branch",
            "--no-renames",
            "--untracked-files=normal",
            "--ignore-submodules=none",
        ];
        let arguments = arguments.map(OsStr::new);
        self.git.run("status", At::Worktree { path, admin }, &arguments, None).await?.ok()
    }

    async fn ask(&self, command: &'static str, arguments: &[&str]) -> Result<Answer, WorktreeError> {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        self.git.run(command, At::Folder(&self.repository), &arguments, None).await
    }

    pub(super) fn repository(&self) -> &Path {
        &self.repository
    }
}

/// Where a path leads.
fn resolved(path: &Path) -> std::io::Result<PathBuf> {
    // There it would become a path that most programs do not take.
    if cfg!(windows) { std::path::absolute(path) } else { path.canonicalize() }
}

/// Whether names of branches may begin so. Stricter than git, which takes some of them for options.
fn may_begin_a_branch(prefix: &str) -> bool {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "._-/".contains(char);
    let is_plain_part =
        |part: &str| !part.starts_with(['.', '-']) && !part.ends_with('.') && !part.ends_with(".lock");
    let (parts, last) = prefix.rsplit_once('/').map_or((None, prefix), |(parts, last)| (Some(parts), last));
    prefix.chars().all(is_plain)
        && !prefix.contains("..")
        && parts.is_none_or(|parts| parts.split('/').all(|part| !part.is_empty() && is_plain_part(part)))
        && !last.starts_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_may_not_begin_like_an_option_or_a_pattern() {
        for prefix in ["opencode/", "", "a/b/", "agent-", "v1.x/"] {
            assert!(may_begin_a_branch(prefix), "{prefix}");
        }
        for prefix in
            ["-f", "--upload-pack=x/", "/", "a//", "../", "a..b/", "*", "a b/", "x.lock/", "ü/", ".a", "a/-b"]
        {
            assert!(!may_begin_a_branch(prefix), "{prefix}");
        }
    }
}
