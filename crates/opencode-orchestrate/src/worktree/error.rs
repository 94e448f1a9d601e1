//! Why there is no worktree, or why one is kept.

use std::path::PathBuf;
use std::time::Duration;

use super::Risk;

/// Why there is no worktree, or why one is kept. What git has printed is in it without the credentials of remotes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorktreeError {
    /// There is no such program.
    #[error("`{}` is not there: install git (https://git-scm.com), or say where it is", program.display())]
    NoGit {
        /// What was looked for.
        program: PathBuf,
    },
    /// What was named is no repository.
    #[error("{} is not a git repository", path.display())]
    NotARepository {
        /// What was named.
        path: PathBuf,
    },
    /// Nothing was committed yet, so that there is nothing to begin with.
    #[error("the repository {} has no commits yet: make one first", path.display())]
    NoCommits {
        /// The repository.
        path: PathBuf,
    },
    /// There is no such commit to begin with.
    #[error("the repository has no commit called `{base}`")]
    BaseNotFound {
        /// What was looked for.
        base: String,
    },
    /// Branches cannot be called so.
    #[error("no branch can begin with `{prefix}`: use letters, digits, `.`, `_`, `-` and `/`")]
    BadPrefix {
        /// What they were to begin with.
        prefix: String,
    },
    /// Something else is in the place of the worktree.
    #[error("{} is there already, and is not the worktree of this session", path.display())]
    Occupied {
        /// The place.
        path: PathBuf,
    },
    /// The branch of the worktree is checked out somewhere else.
    #[error("the branch `{branch}` is checked out in {}", path.display())]
    BranchInUse {
        /// The branch.
        branch: String,
        /// Where.
        path: PathBuf,
    },
    /// It is no worktree of the repository, or not one that was made here.
    #[error("{} is not a worktree that was made here", path.display())]
    NotOurs {
        /// What was named.
        path: PathBuf,
    },
    /// Its link to the repository is gone, so that nothing can be said about what is in it.
    #[error("the worktree {} has lost its repository: see `git worktree repair`", path.display())]
    Broken {
        /// The worktree.
        path: PathBuf,
    },
    /// Something would be lost.
    #[error("the worktree {} is kept, because something would be lost: {risk}", path.display())]
    AtRisk {
        /// The worktree.
        path: PathBuf,
        /// What.
        risk: Box<Risk>,
    },
    /// Somebody else makes or removes the worktree, and does not come to an end.
    #[error("somebody has been at work on {} for more than {after:?}", path.display())]
    Busy {
        /// The worktree.
        path: PathBuf,
        /// How long it was waited for.
        after: Duration,
    },
    /// A command of git took too long, and was ended.
    #[error("`git {command}` did not end within {after:?}")]
    TimedOut {
        /// Which one.
        command: &'static str,
        /// How long it was waited for.
        after: Duration,
    },
    /// A command of git failed.
    #[error("`git {command}` failed: {output}")]
    Git {
        /// Which one.
        command: &'static str,
        /// The end of what it has printed.
        output: String,
    },
    /// A command of git said something that is not understood, or too much.
    #[error("what `git {command}` said is not understood")]
    Unreadable {
        /// Which one.
        command: &'static str,
    },
    /// The disk does not do what it should, or the operating system does not start git.
    #[error("{} cannot be used", path.display())]
    Disk {
        /// What was used.
        path: PathBuf,
        /// Why it cannot be.
        source: std::io::Error,
    },
}

impl WorktreeError {
    pub(super) fn disk(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { path, source }
    }

    /// Whether another command of git was in the way, so that it may work the next time.
    pub(super) fn may_pass(&self) -> bool {
        let Self::Git { output, .. } = self else { return false };
        // Locks, and what people's own commands have registered or removed by half.
        [".lock'", "could not lock", "cannot lock ref", "could not create directory of", "failed to read"]
            .iter()
            .any(|said| output.contains(said))
    }
}
