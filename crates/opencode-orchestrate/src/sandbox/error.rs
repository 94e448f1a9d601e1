//! Why there is no sandbox, or why nothing was written into it.

use std::io;
use std::path::{Path, PathBuf};

use super::Refused;

/// Why there is no sandbox, or why nothing was written into it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// Nothing is there.
    #[error("there is no folder {}: make it, or use `Sandbox::create`", path.display())]
    NotThere {
        /// Where.
        path: PathBuf,
    },
    /// Something else is there.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// What.
        path: PathBuf,
    },
    /// A link to a folder is no sandbox: whoever can change the link can make another folder of it.
    #[error("{} is a link: name the folder that it leads to", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// The folder is in a Git worktree, and was not to be: a server that works there takes the whole worktree for its
    /// project.
    #[error("{} is in the Git worktree {}", path.display(), worktree.display())]
    InWorktree {
        /// The folder.
        path: PathBuf,
        /// The worktree.
        worktree: PathBuf,
    },
    /// The server is told its directory as text.
    #[error("the path {} is not UTF-8", path.display())]
    NotText {
        /// The path.
        path: PathBuf,
    },
    /// The folder that was opened is not at its path any more: it was moved, removed or replaced.
    #[error("{} is another folder by now", path.display())]
    Replaced {
        /// The path.
        path: PathBuf,
    },
    /// This operating system cannot promise that a file which was checked is the one that is read.
    #[error("files of agents cannot be told from links to others on this operating system")]
    Unsupported,
    /// A pattern of what is ignored cannot be read.
    #[error("`{pattern}` is no pattern of files")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is one file that is the trouble.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The operating system failed.
    #[error("{doing} failed in {}", path.display())]
    Io {
        /// What was done: `reading`, `writing`.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl SandboxError {
    /// Whether nothing is wrong but that nobody has made the folder yet.
    #[must_use]
    pub const fn is_not_there(&self) -> bool {
        matches!(self, Self::NotThere { .. })
    }

    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}
