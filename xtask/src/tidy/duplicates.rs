//! Crates that are compiled in two versions are listed, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use super::Violation;
use super::files::SourceFile;

const TABLE: &str = "docs/DEPENDENCIES.md";
const HEADING: &str = "## In two versions";

/// The list in the documentation is what the tree has.
pub(crate) fn listed(files: &[SourceFile], tree: &str) -> Vec<Violation> {
    let table = files.iter().find(|file| file.path == TABLE).map_or("", |file| file.text.as_str());
    let (listed, found) = (rows(table), duplicates(tree));
    let missing = found.iter().filter(|(name, _)| !listed.contains(name.as_str())).map(|(name, versions)| {
        let versions: Vec<_> = versions.iter().copied().collect();
        format!(
            "`{name}` is compiled in the versions {}, and not listed below \"{HEADING}\"",
            versions.join(" and ")
        )
    });
    let stale = listed
        .iter()
        .filter(|name| !found.contains_key(**name))
        .map(|name| format!("`{name}` is compiled in one version: take it off the list below \"{HEADING}\""));
    missing.chain(stale).map(|message| Violation::of(TABLE, message)).collect()
}

/// Crates of a tree, printed with one `name vX.Y.Z` per line, that it has in several versions.
fn duplicates(tree: &str) -> BTreeMap<String, BTreeSet<&str>> {
    let mut versions = BTreeMap::<String, BTreeSet<&str>>::new();
    for line in tree.lines() {
        let mut words = line.split(' ');
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            versions.entry(name.to_owned()).or_default().insert(version);
        }
    }
    versions.retain(|_, versions| versions.len() > 1);
    versions
}

/// The names in the first column of the table below the heading.
fn rows(markdown: &str) -> BTreeSet<&str> {
    let below = markdown.split_once(HEADING).map_or("", |(_, below)| below);
    let section = below.split("\n## ").next().unwrap_or_default();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    cells.skip(1).flat_map(|cell| cell.split(", ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str =
        "host v0.1.0 (here)\nsyn v2.0.1\nsyn v3.0.0\nsyn v2.0.1 (*)\nwasi v0.1.0\nwasi v0.2.0\n";

    fn messages(rows: &str) -> Vec<String> {
        let text = format!(
            "# D\n\n## In two versions\n\n| crates | because of |\n|---|---|\n{rows}\n## Next\n\n| not | this |\n"
        );
        let file = SourceFile { path: TABLE.to_owned(), text };
        listed(&[file], TREE).into_iter().map(|violation| violation.message).collect()
    }

    #[test]
    fn what_is_listed_is_fine() {
        assert_eq!(messages("| syn, wasi | others |\n"), [""; 0]);
    }

    #[test]
    fn what_is_new_and_what_is_gone_is_told() {
        let messages = messages("| syn, base64 | others |\n");
        assert_eq!(messages.len(), 2, "{messages:?}");
        assert!(messages[0].contains("`wasi` is compiled in the versions v0.1.0 and v0.2.0"), "{messages:?}");
        assert!(messages[1].contains("`base64` is compiled in one version"), "{messages:?}");
    }
}
