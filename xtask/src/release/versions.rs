//! All published crates have one version, and ask for exactly that version of each other.

use cargo_metadata::{Metadata, Package};
use toml_edit::{DocumentMut, Item};

use super::order::is_published;
use crate::tidy::manifest_path;

/// The folder of everything that is published.
const PUBLISHED: &str = "crates/";

/// One crate of the workspace, as far as this rule goes.
#[derive(Clone, Copy)]
struct Crate<'a> {
    name: &'a str,
    version: &'a str,
    is_published: bool,
    manifest: &'a str,
}

/// Checks the packages and the workspace's own manifest.
pub(super) fn check(metadata: &Metadata, manifest: &str) -> Vec<String> {
    let packages = metadata.workspace_packages();
    let texts: Vec<(String, String)> = packages
        .iter()
        .map(|package: &&Package| (package.version.to_string(), manifest_path(metadata, package)))
        .collect();
    let crates: Vec<Crate<'_>> = packages
        .iter()
        .zip(&texts)
        .map(|(package, (version, manifest))| Crate {
            name: package.name.as_str(),
            version,
            is_published: is_published(package),
            manifest,
        })
        .collect();
    wrong(&crates, manifest)
}

/// The version of the workspace, which is the one that would be published.
pub(super) fn of_workspace(manifest: &str) -> Option<String> {
    let document = manifest.parse::<DocumentMut>().ok()?;
    let version = document.get("workspace")?.get("package")?.get("version")?;
    version.as_str().map(str::to_owned)
}

fn wrong(crates: &[Crate<'_>], manifest: &str) -> Vec<String> {
    let Some(version) = of_workspace(manifest) else {
        return vec!["Cargo.toml has no `workspace.package.version`".to_owned()];
    };
    let mut messages = Vec::new();
    for krate in crates {
        let name = krate.name;
        if krate.is_published && krate.version != version {
            messages.push(format!(
                "`{name}` is {} and the workspace {version}: write `version.workspace = true` in {}",
                krate.version, krate.manifest
            ));
        }
        if krate.is_published != krate.manifest.starts_with(PUBLISHED) {
            messages.push(format!(
                "{} must {}: what lies in {PUBLISHED} is published, and nothing else",
                krate.manifest,
                if krate.is_published { "say `publish = false`" } else { "not say `publish = false`" }
            ));
        }
        let pin = pin(manifest, name);
        let expected = format!("={version}");
        if krate.is_published && pin.as_deref() != Some(expected.as_str()) {
            messages.push(format!(
                "[workspace.dependencies] asks for `{name}` {}: write `version = \"{expected}\"`",
                pin.map_or_else(|| "without a version".to_owned(), |pin| format!("as `{pin}`"))
            ));
        }
    }
    messages
}

/// The version that `[workspace.dependencies]` asks for.
fn pin(manifest: &str, name: &str) -> Option<String> {
    let document = manifest.parse::<DocumentMut>().ok()?;
    let dependency = document.get("workspace")?.get("dependencies")?.get(name)?;
    dependency.get("version").and_then(Item::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        [workspace.package]
        version = "0.2.0"
        [workspace.dependencies]
        wire = { path = "crates/wire", version = "=0.2.0" }
    "#;

    fn wire() -> Crate<'static> {
        Crate { name: "wire", version: "0.2.0", is_published: true, manifest: "crates/wire/Cargo.toml" }
    }

    #[test]
    fn one_version_pinned_exactly_is_fine_and_tools_need_no_pin() {
        let tools =
            Crate { name: "xtask", version: "0.2.0", is_published: false, manifest: "xtask/Cargo.toml" };
        assert_eq!(wrong(&[wire(), tools], MANIFEST), Vec::<String>::new());
    }

    #[test]
    fn another_version_is_found() {
        let messages = wrong(&[Crate { version: "0.1.9", ..wire() }], MANIFEST);
        assert!(messages[0].starts_with("`wire` is 0.1.9 and the workspace 0.2.0"), "{messages:?}");
    }

    #[test]
    fn a_pin_that_is_old_loose_or_missing_is_found() {
        for pin in ["version = \"=0.1.0\"", "version = \"0.2.0\"", "optional = true"] {
            let manifest = MANIFEST.replace("version = \"=0.2.0\"", pin);
            assert_eq!(wrong(&[wire()], &manifest).len(), 1, "{pin}");
        }
    }

    #[test]
    fn what_is_published_lies_among_the_crates() {
        assert_eq!(wrong(&[Crate { manifest: "xtask/Cargo.toml", ..wire() }], MANIFEST).len(), 1);
        assert_eq!(wrong(&[Crate { is_published: false, ..wire() }], MANIFEST).len(), 1);
        assert_eq!(wrong(&[wire()], "").len(), 1);
    }
}
