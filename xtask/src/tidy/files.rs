//! The files that tidy looks at: those which git tracks or would track.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process;

/// A text file of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    /// Path from the workspace root, with `/` on every system.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    /// The part of the file's name after its last dot; empty without one.
    pub(crate) fn extension(&self) -> &str {
        let name = self.name();
        name.rsplit_once('.').map_or("", |(_stem, extension)| extension)
    }

    /// The last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether a machine wrote it, so that rules about style do not apply: recordings, snapshots, lock files,
    /// what is generated.
    pub(crate) fn is_recorded(&self) -> bool {
        self.path.contains("/fixtures/")
            || self.path.contains("/snapshots/")
            || self.path.ends_with("/openapi/openapi.json")
            || crate::codegen::is_generated(&self.text)
            || matches!(self.extension(), "snap" | "lock" | "proptest-regressions")
    }

    /// Whether it is Rust that cargo compiles.
    pub(crate) fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    /// Its lines with their 1-based numbers.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Reads every text file that belongs to the tree.
///
/// New files count before they are added, so that a violation is seen before the commit.
/// A tree without git, such as an unpacked archive, is walked instead.
///
/// # Errors
///
/// When a listed file cannot be read.
pub(crate) fn collect(root: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for path in paths(root)? {
        let full = root.join(&path);
        // Git lists a tracked file that was deleted but not yet committed.
        if !full.is_file() {
            continue;
        }
        let bytes = fs::read(&full).with_context(|| format!("cannot read {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(SourceFile { path, text });
        }
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

/// The path of every file that belongs to the tree, from its root; one that git has and the disk has not may be among
/// them.
///
/// # Errors
///
/// When a folder cannot be read.
pub(crate) fn paths(root: &Path) -> Result<Vec<String>> {
    if let Ok(paths) = listed_by_git(root) {
        return Ok(paths);
    }
    let mut paths = Vec::new();
    walk(root, "", &mut paths)?;
    Ok(paths)
}

fn listed_by_git(root: &Path) -> Result<Vec<String>> {
    let mut command = Command::new("git");
    command.current_dir(root);
    command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = process::read_stdout(&mut command)?;
    Ok(output.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

fn walk(root: &Path, folder: &str, paths: &mut Vec<String>) -> Result<()> {
    let entries =
        fs::read_dir(root.join(folder)).with_context(|| format!("cannot list the folder `{folder}`"))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() && name != "target" && name != ".git" {
            walk(root, &path, paths)?;
        } else if kind.is_file() {
            paths.push(path);
        }
    }
    Ok(())
}

/// A file that exists only in a test.
#[cfg(test)]
pub(crate) fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_without_git_is_walked_without_build_output() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["src", "target", ".git"] {
            fs::create_dir(root.path().join(folder)).unwrap();
            fs::write(root.path().join(folder).join("a.rs"), "//! A.\n").unwrap();
        }
        let mut paths = Vec::new();
        walk(root.path(), "", &mut paths).unwrap();
        assert_eq!(paths, ["src/a.rs"]);
    }

    #[test]
    fn a_dot_file_and_a_recording_are_recognised() {
        assert_eq!(file(".ci/run", "").extension(), "");
        assert_eq!(file("docs/a.b.md", "").extension(), "md");
        assert!(file("crates/x/tests/fixtures/sse/a.sse", "").is_recorded());
        assert!(!file("crates/x/tests/it/a.rs", "").is_recorded());
    }
}
