//! Arrows between our crates point down only.

use cargo_metadata::{DependencyKind, Metadata, Package};

use super::Violation;

/// Which of our crates each of our crates may use at run time. A crate that is not listed has no place yet.
const LAYERS: &[(&str, &[&str])] = &[
    ("opencode-wire", &[]),
    ("opencode-store", &["opencode-wire"]),
    ("opencode-orchestrate", &["opencode-store", "opencode-wire"]),
    ("opencode-host", &["opencode-orchestrate", "opencode-store", "opencode-wire"]),
    ("opencode-testkit", &[]),
    ("pages", &["opencode-host"]),
    ("xtask", &["opencode-testkit"]),
];

/// Which of our crates tests may use besides: the test kit, which itself must stay at the bottom, because it is
/// published first.
const FOR_TESTS: &str = "opencode-testkit";

/// Checks every dependency between packages of the workspace.
pub(crate) fn check(metadata: &Metadata) -> Vec<Violation> {
    let packages = metadata.workspace_packages();
    let is_ours = |name: &str| packages.iter().any(|package| package.name.as_str() == name);
    let mut violations = Vec::new();
    for package in &packages {
        let arrows: Vec<Arrow<'_>> = package
            .dependencies
            .iter()
            .filter(|dependency| is_ours(&dependency.name))
            .map(|dependency| Arrow {
                to: &dependency.name,
                is_dev: dependency.kind == DependencyKind::Development,
                has_version: dependency.req.to_string() != "*",
            })
            .collect();
        let manifest = manifest_path(metadata, package);
        for message in forbidden(package.name.as_str(), &arrows) {
            violations.push(Violation::of(&manifest, message));
        }
    }
    violations
}

/// The manifest's path from the workspace root.
pub(crate) fn manifest_path(metadata: &Metadata, package: &Package) -> String {
    let path = &package.manifest_path;
    let relative = path.strip_prefix(&metadata.workspace_root).unwrap_or(path);
    relative.as_str().replace('\\', "/")
}

/// A dependency on another crate of ours.
struct Arrow<'a> {
    to: &'a str,
    is_dev: bool,
    has_version: bool,
}

fn forbidden(from: &str, arrows: &[Arrow<'_>]) -> Vec<String> {
    let Some((_, below)) = LAYERS.iter().find(|(name, _)| *name == from) else {
        return vec![format!("`{from}` has no place in the layering table of xtask")];
    };
    let mut messages = Vec::new();
    for arrow in arrows {
        let to = arrow.to;
        let is_for_tests = arrow.is_dev && to == FOR_TESTS && from != FOR_TESTS;
        if !below.contains(&to) && !is_for_tests {
            messages.push(format!("`{from}` must not depend on `{to}`"));
        }
        // Without one, whoever has the package alone cannot run its tests; and the crates below are published before.
        if !arrow.has_version {
            messages
                .push(format!("the dependency on `{to}` must have a version: take it from the workspace"));
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrow(to: &str, is_dev: bool, has_version: bool) -> Arrow<'_> {
        Arrow { to, is_dev, has_version }
    }

    #[test]
    fn down_and_the_test_kit_are_allowed() {
        let arrows = [arrow("opencode-wire", false, true), arrow("opencode-testkit", true, true)];
        assert_eq!(forbidden("opencode-host", &arrows), Vec::<String>::new());
    }

    #[test]
    fn up_sideways_and_the_test_kit_at_run_time_are_not() {
        assert_eq!(forbidden("opencode-wire", &[arrow("opencode-host", false, true)]).len(), 1);
        assert_eq!(forbidden("opencode-wire", &[arrow("opencode-testkit", false, true)]).len(), 1);
        assert_eq!(forbidden("opencode-testkit", &[arrow("opencode-wire", true, true)]).len(), 1);
        assert_eq!(forbidden("opencode-other", &[]).len(), 1);
    }

    #[test]
    fn tests_may_use_what_is_published_before_and_nothing_above() {
        let below = [arrow("opencode-store", true, true)];
        assert_eq!(forbidden("opencode-orchestrate", &below), Vec::<String>::new());
        assert_eq!(forbidden("opencode-wire", &below).len(), 1);
    }

    #[test]
    fn a_dependency_without_a_version_is_found() {
        for is_dev in [false, true] {
            assert_eq!(forbidden("opencode-store", &[arrow("opencode-wire", is_dev, false)]).len(), 1);
        }
        assert_eq!(forbidden("opencode-wire", &[arrow("opencode-testkit", true, false)]).len(), 1);
    }
}
