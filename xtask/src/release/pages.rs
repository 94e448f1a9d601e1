//! The code of the pages that belong to no crate, compiled with the packaged crates.

use std::fs;

use anyhow::{Context as _, Result};

use super::report::Outcome;
use super::unpacked::Unpacked;
use crate::process;
use crate::workspace;

/// The crate that includes the pages; it lies as deep in its workspace as in the repository.
const CRATE: &str = "xtask/pages";

/// Compiles what people copy.
pub(super) fn compile(packages: &mut Unpacked, version: &str) -> Result<Outcome> {
    let root = workspace::root();
    let from = root.join(CRATE);
    let to = packages.path().join(CRATE);
    fs::create_dir_all(to.join("src"))?;
    let library = fs::read_to_string(from.join("src/lib.rs")).context("cannot read the pages' lib.rs")?;
    let included = included(&library);
    for page in &included {
        let target = packages.path().join(page);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(root.join(page), target).with_context(|| format!("cannot copy {page}"))?;
    }
    fs::write(to.join("src/lib.rs"), &library)?;
    fs::write(to.join("Cargo.toml"), manifest(version))?;
    packages.add(CRATE)?;

    let mut command = packages.cargo()?;
    command.args(["test", "--doc", "--package", "pages"]);
    let status = process::stream_lines(&mut command, process::forward)?;
    Ok(if status.success() {
        Outcome::Passed(included.join(", "))
    } else {
        Outcome::failed("the code of a page does not compile with the packaged crates; see above")
    })
}

/// The pages that a library includes, as paths from the repository's root.
fn included(library: &str) -> Vec<&str> {
    library
        .lines()
        .filter_map(|line| line.split_once("include_str!(\"../../../")?.1.split_once('"'))
        .map(|(page, _)| page)
        .collect()
}

fn manifest(version: &str) -> String {
    format!(
        "[package]\nname = \"pages\"\nversion = \"{version}\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\nopencode-host = {{ version = \"={version}\", features = [\"supervisor\"] }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_those_that_the_crate_includes() {
        let library = fs::read_to_string(workspace::root().join(CRATE).join("src/lib.rs")).unwrap();
        let pages = included(&library);
        assert!(pages.contains(&"README.md") && pages.contains(&"docs/PRODUCTION.md"), "{pages:?}");
    }

    #[test]
    fn the_manifest_asks_for_the_version_that_was_packaged() {
        let manifest: toml_edit::DocumentMut = manifest("0.2.0").parse().unwrap();
        assert_eq!(manifest["dependencies"]["opencode-host"]["version"].as_str(), Some("=0.2.0"));
    }
}
