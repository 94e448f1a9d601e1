//! Every version has a heading in the changelog before it is released.

use super::Violation;
use super::files::SourceFile;

const PATH: &str = "docs/CHANGELOG.md";

/// The changelog has a heading for the workspace's version, or an `Unreleased` one.
pub(crate) fn has_heading(files: &[SourceFile]) -> Vec<Violation> {
    let Some(changelog) = files.iter().find(|file| file.path == PATH) else {
        return vec![Violation::of(PATH, "is missing")];
    };
    let Some(version) = workspace_version(files) else {
        return vec![Violation::of("Cargo.toml", "has no `workspace.package.version`")];
    };
    let has_heading = changelog
        .lines()
        .filter_map(|(_, line)| line.strip_prefix("## "))
        .any(|heading| names(heading, &version) || names(heading, "Unreleased"));
    if has_heading {
        return Vec::new();
    }
    let message = format!("needs a heading `## [{version}]` or `## [Unreleased]`");
    vec![Violation::of(PATH, message)]
}

/// Whether the heading's first word, in brackets or not, is `name`.
fn names(heading: &str, name: &str) -> bool {
    heading.split_whitespace().next().is_some_and(|word| word.trim_matches(['[', ']']) == name)
}

fn workspace_version(files: &[SourceFile]) -> Option<String> {
    let manifest = files.iter().find(|file| file.path == "Cargo.toml")?;
    let document = manifest.text.parse::<toml_edit::DocumentMut>().ok()?;
    let version = document.get("workspace")?.get("package")?.get("version")?;
    version.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::files::file;
    use super::*;

    fn check(changelog: &str) -> usize {
        let manifest = "[workspace.package]\nversion = \"0.2.0\"\n";
        has_heading(&[file("Cargo.toml", manifest), file(PATH, changelog)]).len()
    }

    #[test]
    fn the_version_or_unreleased_is_enough() {
        assert_eq!(check("## [0.2.0] - 2026-01-01\n"), 0);
        assert_eq!(check("## Unreleased\n"), 0);
    }

    #[test]
    fn another_version_or_plain_text_is_not() {
        assert_eq!(check("## [0.2.01]\n"), 1);
        assert_eq!(check("0.2.0 is out\n"), 1);
        assert_eq!(has_heading(&[file("Cargo.toml", "")]).len(), 1);
    }
}
