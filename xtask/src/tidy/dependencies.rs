//! Every third-party crate is there for a reason that somebody wrote down.

use std::collections::BTreeSet;

use toml_edit::{DocumentMut, Item};

use super::Violation;
use super::files::SourceFile;

const MANIFEST: &str = "Cargo.toml";
const TABLE: &str = "docs/DEPENDENCIES.md";

/// `[workspace.dependencies]` and the table in `docs/DEPENDENCIES.md` name the same crates, ours left out.
pub(crate) fn documented(files: &[SourceFile]) -> Vec<Violation> {
    let text_of = |path: &str| {
        let found = files.iter().find(|file| file.path == path);
        found.map(|file| file.text.as_str())
    };
    let Some(table) = text_of(TABLE) else {
        return vec![Violation::of(TABLE, "is missing")];
    };
    let used = match third_party(text_of(MANIFEST).unwrap_or_default()) {
        Ok(used) => used,
        Err(error) => return vec![Violation::of(MANIFEST, error.to_string())],
    };
    let explained = rows(table);

    let unexplained = used.difference(&explained).map(|name| {
        Violation::of(MANIFEST, format!("`{name}` has no row in {TABLE} that says why it is needed"))
    });
    let stale = explained
        .difference(&used)
        .map(|name| Violation::of(TABLE, format!("`{name}` is not in [workspace.dependencies]")));
    unexplained.chain(stale).collect()
}

fn third_party(manifest: &str) -> Result<BTreeSet<String>, toml_edit::TomlError> {
    let document = manifest.parse::<DocumentMut>()?;
    let dependencies = document
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(Item::as_table_like);
    Ok(dependencies
        .into_iter()
        .flat_map(|table| table.iter())
        .filter(|(_, dependency)| dependency.get("path").is_none())
        .map(|(name, _)| name.to_owned())
        .collect())
}

/// The crate names in the first column of every Markdown table of the text, where they are in backticks.
fn rows(markdown: &str) -> BTreeSet<String> {
    markdown
        .lines()
        .filter_map(|line| line.trim().strip_prefix('|')?.split('|').next())
        .filter_map(|cell| cell.trim().strip_prefix('`')?.strip_suffix('`'))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::files::file;
    use super::*;

    const CARGO_TOML: &str = r#"
        [workspace.dependencies]
        ours = { path = "crates/ours", version = "=0.1.0" }
        bytes = "1"
        tokio = { version = "1", default-features = false }
    "#;

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
        let table = "| crate | why |\n|---|---|\n| `bytes` | chunks |\n| `serde` | gone |\n";
        let violations = documented(&[file(MANIFEST, CARGO_TOML), file(TABLE, table)]);
        let messages: Vec<&str> = violations.iter().map(|v| v.message.as_str()).collect();
        assert_eq!(messages.len(), 2, "{messages:?}");
        assert!(messages[0].starts_with("`tokio` has no row"));
        assert!(messages[1].starts_with("`serde` is not in"));
    }

    #[test]
    fn the_same_names_are_fine_and_ours_need_no_row() {
        let table = "| `bytes` | chunks |\n| `tokio` | time |\n";
        assert_eq!(documented(&[file(MANIFEST, CARGO_TOML), file(TABLE, table)]), []);
    }
}
