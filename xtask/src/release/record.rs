//! The note that a commit has passed every check, by which `publish` knows it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::workspace;

/// What was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) version: String,
    /// In full.
    pub(super) commit: String,
}

impl Checked {
    /// Whether the note says the same; anything else says nothing.
    fn is_in(&self, note: &str) -> bool {
        note == self.line()
    }

    fn line(&self) -> String {
        format!("{} {}\n", self.version, self.commit)
    }

    /// Notes that this has passed everything.
    pub(super) fn write(&self) -> Result<()> {
        let path = path()?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, self.line()).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Whether this has passed everything.
    pub(super) fn is_noted(&self) -> Result<bool> {
        Ok(fs::read_to_string(path()?).is_ok_and(|note| self.is_in(&note)))
    }
}

/// Forgets what was noted before: a check that is under way says nothing yet.
pub(super) fn clear() -> Result<()> {
    let _none_before = fs::remove_file(path()?);
    Ok(())
}

fn path() -> Result<PathBuf> {
    Ok(workspace::target_directory()?.join("release-check").join("passed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_commit_or_version_is_not_noted() {
        let checked = Checked { version: "0.2.0".to_owned(), commit: "abc".to_owned() };
        assert!(checked.is_in(&checked.line()));
        for note in ["", "0.2.0\n", "0.2.0 abcd\n", "0.2.1 abc\n", "0.2.0 abc"] {
            assert!(!checked.is_in(note), "{note:?}");
        }
    }
}
