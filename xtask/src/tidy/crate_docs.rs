//! Each crate's features are explained, and the code in its README is compiled.

use cargo_metadata::{Metadata, Package};

use super::Violation;
use super::files::SourceFile;
use super::layering::manifest_path;

/// Checks every published crate of the workspace.
pub(crate) fn check(metadata: &Metadata, files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in metadata.workspace_packages() {
        if package.publish.as_deref() == Some(&[]) {
            continue;
        }
        let manifest = manifest_path(metadata, package);
        let folder = manifest.trim_end_matches("Cargo.toml");
        let readme = text_of(files, &format!("{folder}README.md"));
        let library = text_of(files, &format!("{folder}src/lib.rs"));

        for feature in unexplained(&features(package), &[readme, library]) {
            let message = format!("feature `{feature}` is explained neither in README.md nor in src/lib.rs");
            violations.push(Violation::of(&manifest, message));
        }
        if has_uncompiled_code(readme, library) {
            let message = "has Rust code that nobody compiles: include the file in the docs of src/lib.rs";
            violations.push(Violation::of(format!("{folder}README.md"), message));
        }
    }
    violations
}

/// Features that a user can name: not `default`, and not the internal ones that start with `__`.
fn features(package: &Package) -> Vec<&str> {
    package
        .features
        .keys()
        .map(String::as_str)
        .filter(|name| *name != "default" && !name.starts_with("__"))
        .collect()
}

fn unexplained<'a>(features: &[&'a str], texts: &[&str]) -> Vec<&'a str> {
    let is_explained = |feature: &str| {
        let quoted = format!("`{feature}`");
        texts.iter().any(|text| text.contains(&quoted))
    };
    features.iter().copied().filter(|feature| !is_explained(feature)).collect()
}

fn has_uncompiled_code(readme: &str, library: &str) -> bool {
    readme.contains("```rust") && !library.contains("include_str!(\"../README.md\")")
}

fn text_of<'a>(files: &'a [SourceFile], path: &str) -> &'a str {
    let found = files.iter().find(|file| file.path == path);
    found.map_or("", |file| file.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_must_be_named_in_backticks_somewhere() {
        let texts = ["| `client` | HTTP |", "//! `ring`: cryptography. The rest of the string."];
        assert_eq!(unexplained(&["client", "ring", "string"], &texts), ["string"]);
    }

    #[test]
    fn readme_code_needs_the_include() {
        let readme = "```rust\nlet one = 1;\n```\n";
        assert!(has_uncompiled_code(readme, "//! Docs."));
        assert!(!has_uncompiled_code(readme, "#![doc = include_str!(\"../README.md\")]"));
        assert!(!has_uncompiled_code("No code.", "//! Docs."));
    }
}
