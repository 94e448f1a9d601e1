//! Which test binaries need a real server, and which tests inside the others do.
//!
//! The rule is a name, so that nobody has to keep a list:
//! an integration test binary called `real` or `real_…`, and inside any other one a test whose path contains
//! `real::` or `real_`.

use cargo_metadata::{Metadata, TargetKind};

/// The integration test binaries of the workspace, sorted by what they need.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TestTargets {
    /// Binaries in which every test needs a real server.
    pub(crate) real: Vec<String>,
    /// All others; single tests inside them may need one.
    pub(crate) mixed: Vec<String>,
}

/// Arguments for libtest that leave out what [`needs_real_server`] accepts.
pub(crate) const SKIP_REAL: [&str; 4] = ["--skip", "real::", "--skip", "real_"];

impl TestTargets {
    /// Sorts every integration test binary of the workspace.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let names = metadata
            .workspace_packages()
            .into_iter()
            .flat_map(|package| &package.targets)
            .filter(|target| target.kind.contains(&TargetKind::Test))
            .map(|target| target.name.clone());
        Self::sort(names)
    }

    fn sort(names: impl Iterator<Item = String>) -> Self {
        let mut targets = Self::default();
        for name in names {
            let list = if is_real(&name) { &mut targets.real } else { &mut targets.mixed };
            if !list.contains(&name) {
                list.push(name);
            }
        }
        targets
    }
}

/// Whether the test at this path, inside a binary that is not itself for the real server, needs a real server.
///
/// It is the exact opposite of [`SKIP_REAL`], so that every test runs in one tier and none in two.
pub(crate) fn needs_real_server(test_path: &str) -> bool {
    test_path.contains("real::") || test_path.contains("real_")
}

fn is_real(name: &str) -> bool {
    name == "real" || name.starts_with("real_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_are_sorted_by_name_and_once() {
        let names = ["it", "real", "server", "it", "real_faults", "really"];
        let targets = TestTargets::sort(names.into_iter().map(str::to_owned));
        assert_eq!(targets.real, ["real", "real_faults"]);
        assert_eq!(targets.mixed, ["it", "server", "really"]);
    }

    #[test]
    fn what_one_tier_leaves_out_the_other_takes() {
        for path in ["real::turn", "turn::real_server_answers", "turn::ends"] {
            let left_out = SKIP_REAL
                .iter()
                .filter(|argument| **argument != "--skip")
                .any(|pattern| path.contains(pattern));
            assert_eq!(left_out, needs_real_server(path), "{path}");
        }
    }
}
