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

/// Each package has the licence of the repository.
pub(crate) fn licences(files: &[SourceFile]) -> Vec<Violation> {
    let text_of = |path: &str| {
        let found = files.iter().find(|file| file.path == path);
        found.map_or("", |file| file.text.as_str())
    };
    let manifests = files.iter().filter(|file| file.name() == "Cargo.toml");
    let crates = manifests.filter_map(|file| file.path.strip_suffix("/Cargo.toml"));
    crates
        .filter(|folder| folder.starts_with("crates/") && folder.matches('/').count() == 1)
        .map(|folder| format!("{folder}/LICENSE"))
        .filter(|path| text_of(path) != text_of("LICENSE"))
        .map(|path| Violation::of(path, "is not a copy of the repository's LICENSE"))
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

    #[test]
    fn a_package_without_the_licence_is_found() {
        let mut files = vec![
            file("LICENSE", "MIT"),
            file("crates/a/Cargo.toml", ""),
            file("crates/a/LICENSE", "MIT"),
            file("crates/a/fuzz/Cargo.toml", ""),
            file("crates/b/Cargo.toml", ""),
            file("xtask/Cargo.toml", ""),
        ];
        let found = |files: &[SourceFile]| -> Vec<String> {
            licences(files).into_iter().map(|violation| violation.path).collect()
        };
        assert_eq!(found(&files), ["crates/b/LICENSE"]);
        files.push(file("crates/b/LICENSE", "GPL"));
        assert_eq!(found(&files), ["crates/b/LICENSE"]);
    }
}
