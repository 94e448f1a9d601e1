//! One git worktree for each session, so that agents of many sessions work in one repository without treading on each
//! other.
//!
//! A worktree is a folder of its own with a branch of its own, and shares everything that was committed.
//! It is found again by its subject, from any process of the machine. It is removed only when nothing would be lost with
//! it, or when somebody insists; see [`Risk`].
//!
//! Only local commands of git are run, none that talks to a remote. Hooks of the repository are not run.

mod ensure;
mod error;
mod found;
mod git;
mod listing;
mod lock;
mod look;
mod marker;
mod process;
mod reap;
mod redact;
mod remove;
mod risk;
mod site;
mod status;
mod verdict;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use self::error::WorktreeError;
pub use self::reap::Reaped;
pub use self::risk::{Operation, Risk};
pub use self::verdict::Why;

/// Makes worktrees of one repository in one folder, finds them and removes them.
///
/// Any number of these, in any number of processes of a machine, may be at work on the same folder. The folder belongs to
/// one repository.
///
/// # Examples
///
/// Each session works in a folder of its own:
///
/// ```no_run
/// use opencode_orchestrate::turn::Turn;
/// use opencode_orchestrate::worktree::Worktrees;
/// # use opencode_store::{Store, session::Subject};
/// # use opencode_wire::Client;
///
/// # async fn example(store: &Store, client: &Client) -> Result<(), Box<dyn std::error::Error>> {
/// let worktrees = Worktrees::new("/srv/projects/blue", "/srv/worktrees/blue").with_base("origin/main");
/// let subject = Subject::new("acme", "conversation/42")?;
///
/// let worktree = worktrees.ensure(&subject).await?;
/// let outcome = Turn::new(store, client, &subject, "Tidy up the imports.")
///     .directory(worktree.path.to_string_lossy())
///     .run(Default::default())
///     .await?;
/// println!("{} on {}: {}", outcome.text(), worktree.branch, worktree.base_commit);
/// # Ok(())
/// # }
/// ```
///
/// And what nobody needs any more goes, unless something would be lost with it:
///
/// ```no_run
/// # use opencode_orchestrate::worktree::Worktrees;
/// # use opencode_store::session::Subject;
/// # async fn example(worktrees: &Worktrees, live: &[Subject]) -> Result<(), Box<dyn std::error::Error>> {
/// let reaped = worktrees.reap(live).await?;
/// for (path, why) in &reaped.kept {
///     println!("{} is kept: {why}", path.display());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Worktrees {
    repository: PathBuf,
    root: PathBuf,
    base: Option<String>,
    prefix: String,
    git: PathBuf,
    environment: Vec<(OsString, OsString)>,
    limit: Duration,
    orphaned_after: Duration,
}

/// The worktree of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Worktree {
    /// The folder: what [`Turn::directory`](crate::turn::Turn::directory) takes.
    pub path: PathBuf,
    /// The branch that was made for it. Whoever works there may have checked out another one.
    pub branch: String,
    /// The commit that the branch began at: what changes are compared with.
    pub base_commit: String,
    /// Whether it was made just now. The branch may be older, and hold commits of a worktree that was removed.
    pub is_new: bool,
}

impl Worktrees {
    /// Worktrees of the repository that a folder belongs to, each in a folder of its own below `root`, which is made when it
    /// is missing. Nothing is done yet.
    #[must_use]
    pub fn new(repository: impl Into<PathBuf>, root: impl Into<PathBuf>) -> Self {
        Self {
            repository: repository.into(),
            root: root.into(),
            base: None,
            prefix: "opencode/".to_owned(),
            git: "git".into(),
            environment: Vec::new(),
            limit: Duration::from_secs(120),
            orphaned_after: Duration::from_secs(60 * 60),
        }
    }

    /// Sets what new branches begin at: a branch, a tag, a commit. Unless set, what is checked out in the repository.
    #[must_use]
    pub fn with_base(mut self, base: impl Into<String>) -> Self {
        self.base = Some(base.into());
        self
    }

    /// Sets what the names of branches begin with: `opencode/` unless set. Letters, digits, `.`, `_`, `-` and `/`.
    ///
    /// Commits are not safe on branches that begin so, and so no other branches should.
    #[must_use]
    pub fn with_branch_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the program: `git` on the `PATH` unless set.
    #[must_use]
    pub fn with_git(mut self, program: impl Into<PathBuf>) -> Self {
        self.git = program.into();
        self
    }

    /// Adds a variable to the environment of git, which otherwise has what every program needs and nothing else of this
    /// process's.
    #[must_use]
    pub fn with_env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Sets how long one command of git may take, and how long is waited for somebody else who makes or removes the same
    /// worktree: two minutes unless set. Writing the files of a large repository takes its time.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Sets how long [`reap`](Self::reap) leaves a worktree that nobody has asked for: an hour unless set.
    #[must_use]
    pub fn with_orphaned_after(mut self, age: Duration) -> Self {
        self.orphaned_after = age;
        self
    }

    /// Whether a path is that of a worktree that was given out.
    fn folder_of<'a>(&self, root: &Path, path: &'a Path) -> Option<&'a str> {
        let folder = path.file_name()?.to_str().filter(|folder| crate::subject_folder::is_ours(folder))?;
        let parent = path.parent()?;
        (parent == root || parent == self.root).then_some(folder)
    }
}

impl std::fmt::Debug for Worktrees {
    /// Names of variables, and not what they hold.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.environment.iter().map(|(name, _)| name).collect();
        formatter
            .debug_struct("Worktrees")
            .field("repository", &self.repository)
            .field("root", &self.root)
            .field("base", &self.base)
            .field("prefix", &self.prefix)
            .field("git", &self.git)
            .field("environment", &names)
            .field("limit", &self.limit)
            .field("orphaned_after", &self.orphaned_after)
            .finish()
    }
}
