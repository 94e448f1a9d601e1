//! How a sandbox is opened.

/// How many bytes a file has at most, unless that is set.
const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;

/// How a sandbox is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SandboxOptions {
    /// How many bytes a file has at most that is read or written: 10 MiB.
    pub max_file_bytes: u64,
    /// Whether the folder must not be in a Git worktree: `false`. A server takes the worktree around its directory for
    /// its project, with everything in it.
    pub outside_worktrees: bool,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self { max_file_bytes: MAX_FILE_BYTES, outside_worktrees: false }
    }
}

impl SandboxOptions {
    /// Sets how many bytes a file has at most that is read or written.
    #[must_use]
    pub const fn with_max_file_bytes(mut self, bytes: u64) -> Self {
        self.max_file_bytes = bytes;
        self
    }

    /// Refuses folders that are in a Git worktree.
    #[must_use]
    pub const fn outside_worktrees(mut self) -> Self {
        self.outside_worktrees = true;
        self
    }
}
