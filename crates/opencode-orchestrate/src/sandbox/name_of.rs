//! From the path that somebody says to a name in the sandbox.

use std::path::{Component, Path, PathBuf};

use opencode_store::artifact::ArtifactName;

/// The name below `root` that a path says, absolute or relative to it.
pub(crate) fn name_of(root: &Path, path: &str) -> Option<ArtifactName> {
    let plain = plain(&root.join(path))?;
    plain.strip_prefix(root).ok()?.to_str()?.parse().ok()
}

/// The path without `.` and `..`, as text alone: links are not followed, and there is nothing above the root.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(component),
        }
    }
    plain.is_absolute().then_some(plain)
}

#[cfg(all(test, unix))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(path: &str) -> Option<String> {
        name_of(Path::new("/srv/box"), path).map(|name| name.to_string())
    }

    #[test]
    fn a_path_in_the_sandbox_has_a_name() {
        for (path, name) in [
            ("a.md", "a.md"),
            ("./a//b.md", "a/b.md"),
            ("/srv/box/a/../b.md", "b.md"),
            ("/srv/../srv/box/b.md", "b.md"),
            ("a/../../box/b.md", "b.md"),
        ] {
            assert_eq!(of(path).as_deref(), Some(name), "{path}");
        }
    }

    #[test]
    fn a_path_elsewhere_has_none() {
        for path in [
            "",
            ".",
            "/",
            "/srv/box",
            "..",
            "../b.md",
            "/srv/boxer/b.md",
            "/etc/passwd",
            "a/../../b",
            "a\\b",
            "a\nb",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn g20_no_path_has_a_name_that_leads_out(path in "[./a\\PC]{0,40}") {
            if let Some(name) = name_of(Path::new("/srv/box"), &path) {
                let parts: Vec<_> = Path::new(name.as_str()).components().collect();
                prop_assert!(parts.iter().all(|part| matches!(part, Component::Normal(_))), "{}", name);
            }
        }
    }
}
