//! What a test does on a machine without git.

use std::io::ErrorKind;
use std::process::{Command, Stdio};

use super::Repository;
use crate::machine::skip;

impl Repository {
    /// A repository without commits: `None`, after a line on the standard error, on a machine without git.
    ///
    /// # Panics
    ///
    /// Instead of skipping, where a skipped test would be a hole: with `OPENCODE_TEST_REQUIRE=1` or `CI=true`.
    /// And where there is a git that makes no repository.
    #[must_use]
    #[expect(clippy::panic, reason = "this is an assertion of the calling test")]
    pub fn empty_or_skip() -> Option<Self> {
        let asked = Command::new("git").arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).status();
        match asked {
            Err(error) if error.kind() == ErrorKind::NotFound && !skip::is_forbidden() => {
                skip::say("SKIPPED, this test needs git, which is not on the PATH");
                None
            }
            Err(error) => panic!("this test needs git: {error}"),
            Ok(_) => Some(Self::make()),
        }
    }

    /// The same with one commit, of the file `README.md`.
    ///
    /// # Panics
    ///
    /// As [`empty_or_skip`](Self::empty_or_skip).
    #[must_use]
    pub fn fresh_or_skip() -> Option<Self> {
        let repository = Self::empty_or_skip()?;
        repository.commit(repository.path(), "README.md", "Hello.\n");
        Some(repository)
    }
}
