//! Which files are listed.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use opencode_store::artifact::ArtifactName;

use super::ignore::Ignored;
use crate::sandbox::{Refusal, SandboxError};

/// How much the clock of whoever writes files may be behind.
const SLACK: Duration = Duration::from_secs(2);

/// Which files are listed. By default those of the folder itself, without hidden ones.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ListOptions {
    /// How many folders deep is looked: 0, which is the folder itself.
    pub max_depth: usize,
    /// How many files are listed at most: 10,000. Those after them are told as skipped.
    pub max_files: usize,
    /// How many names are looked at most, of folders and of what is skipped too: 100,000. What comes after them is not seen,
    /// which is told once.
    pub max_entries: usize,
    /// Whether names that begin with a dot are listed: `false`.
    pub hidden: bool,
    pub(super) since: Option<SystemTime>,
    pub(super) ignored: Ignored,
}

impl Default for ListOptions {
    fn default() -> Self {
        Self {
            max_depth: 0,
            max_files: 10_000,
            max_entries: 100_000,
            hidden: false,
            since: None,
            ignored: Ignored::default(),
        }
    }
}

impl ListOptions {
    /// Looks into folders too, 16 deep; more is set by [`with_max_depth`](Self::with_max_depth).
    #[must_use]
    pub const fn recursive(self) -> Self {
        self.with_max_depth(16)
    }

    /// Sets how many folders deep is looked. Each of them is kept open while those below are looked at.
    #[must_use]
    pub const fn with_max_depth(mut self, folders: usize) -> Self {
        self.max_depth = folders;
        self
    }

    /// Sets how many files are listed at most.
    #[must_use]
    pub const fn with_max_files(mut self, files: usize) -> Self {
        self.max_files = files;
        self
    }

    /// Sets how many names are looked at at most.
    #[must_use]
    pub const fn with_max_entries(mut self, entries: usize) -> Self {
        self.max_entries = entries;
        self
    }

    /// Lists names that begin with a dot too.
    #[must_use]
    pub const fn with_hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Leaves out what did not change since then, give or take two seconds, because clocks differ.
    ///
    /// A file changes when it is written, renamed or unpacked, whatever time it claims to be of.
    #[must_use]
    pub fn changed_since(mut self, time: Timestamp) -> Self {
        let time = SystemTime::from(time);
        self.since = Some(time.checked_sub(SLACK).unwrap_or(time));
        self
    }

    /// Leaves out what one of these patterns takes, in place of earlier ones: `*`, `?`, `**`, `[a-z]`, `{a,b}`.
    ///
    /// A pattern without `/` is compared with the name alone, in whichever folder it is; one with `/` with the whole
    /// path below the root, where `*` does not go beyond one folder. A folder that is taken is not looked into.
    ///
    /// # Errors
    ///
    /// [`Pattern`](SandboxError::Pattern) for one that cannot be read.
    pub fn ignoring<S: AsRef<str>>(
        mut self,
        patterns: impl IntoIterator<Item = S>,
    ) -> Result<Self, SandboxError> {
        self.ignored = Ignored::new(patterns)?;
        Ok(self)
    }

    /// Whether a name is neither hidden nor ignored, with the folders above it.
    pub(crate) fn wants(&self, name: &ArtifactName) -> bool {
        let mut end = 0;
        name.as_str().split('/').all(|part| {
            end += part.len() + 1;
            self.passes_over(part, &name.as_str()[..end - 1]).is_none()
        })
    }

    /// Why something called so, with this path below the root, is passed over whatever it is.
    pub(super) fn passes_over(&self, name: &str, path: &str) -> Option<Refusal> {
        if !self.hidden && name.starts_with('.') {
            Some(Refusal::Hidden)
        } else if self.ignored.takes(name, path) {
            Some(Refusal::Ignored)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_folder_that_nobody_wants_is_not_wanted() {
        let options = ListOptions::default().ignoring(["build", "web/*.log"]).unwrap();
        for (name, is_wanted) in [
            ("a.md", true),
            ("web/a.md", true),
            (".env", false),
            (".git/config", false),
            ("web/.cache/a", false),
            ("deep/build/a.o", false),
            ("web/a.log", false),
            ("a.log", true),
        ] {
            assert_eq!(options.wants(&name.parse().unwrap()), is_wanted, "{name}");
        }
    }
}
