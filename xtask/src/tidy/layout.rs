//! What may lie at the top level of the repository.

use std::collections::BTreeSet;

use super::Violation;
use super::files::SourceFile;

/// Folders and files that people look for, and the dot-files that tools look for. Everything else has a folder.
const ALLOWED: &[&str] = &[
    ".cargo",
    ".ci",
    ".clippy.toml",
    ".gitattributes",
    ".github",
    ".gitignore",
    ".rustfmt.toml",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "crates",
    "docs",
    "xtask",
];

/// The top level holds nothing but the allowed entries.
pub(crate) fn top_level(files: &[SourceFile]) -> Vec<Violation> {
    let entries: BTreeSet<&str> = files.iter().filter_map(|file| file.path.split('/').next()).collect();
    entries
        .into_iter()
        .filter(|entry| !ALLOWED.contains(entry))
        .map(|entry| Violation::of(entry, "does not belong at the top level"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::files::file;
    use super::*;

    #[test]
    fn a_stranger_at_the_top_level_is_found_once() {
        let files = [
            file("Cargo.toml", ""),
            file("docs/STYLE.md", ""),
            file("scripts/a.sh", ""),
            file("scripts/b.sh", ""),
        ];
        let violations = top_level(&files);
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].path, "scripts");
    }
}
