//! What a package holds: what people need, and nothing else.

/// What may lie at the top of a package.
const ALLOWED: &[&str] = &[
    ".cargo_vcs_info.json",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
    "LICENSE",
    "README.md",
    "examples",
    "fixtures",
    "migrations",
    "openapi",
    "src",
    "tests",
];

/// What must lie there.
const NEEDED: &[&str] = &["Cargo.toml", "LICENSE", "README.md", "src"];

/// The most that the registry takes, in bytes.
const LARGEST: u64 = 10 * 1024 * 1024;

/// What is wrong with a package of this size and with these files, as paths from its top.
pub(super) fn wrong(name: &str, bytes: u64, files: &[String]) -> Vec<String> {
    let mut messages = Vec::new();
    let mut tops: Vec<&str> = files.iter().filter_map(|path| path.split('/').next()).collect();
    tops.sort_unstable();
    tops.dedup();
    for top in tops.iter().filter(|top| !ALLOWED.contains(top)) {
        messages.push(format!(
            "`{name}` packages `{top}`, which nobody needs who uses it: name it in `exclude` of its manifest"
        ));
    }
    for needed in NEEDED.iter().filter(|needed| !tops.contains(needed)) {
        messages.push(format!("`{name}` packages no `{needed}`"));
    }
    for path in files.iter().filter(|path| path.ends_with(".snap.new")) {
        messages.push(format!("`{name}` packages `{path}`, which a tool has left there"));
    }
    if bytes > LARGEST {
        messages.push(format!("`{name}` is {bytes} bytes packed, and the registry takes {LARGEST}"));
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: u64, more: &[&str]) -> Vec<String> {
        let files = NEEDED.iter().map(|top| if *top == "src" { "src/lib.rs" } else { top });
        let files: Vec<String> = files.chain(more.iter().copied()).map(str::to_owned).collect();
        wrong("wire", bytes, &files)
    }

    #[test]
    fn sources_tests_and_papers_are_fine() {
        assert_eq!(check(LARGEST, &["tests/it/main.rs", "Cargo.lock"]), Vec::<String>::new());
    }

    #[test]
    fn what_nobody_needs_is_found_once() {
        let messages = check(0, &["benches/a.rs", "benches/b.rs", "tests/snapshots/a.snap.new"]);
        assert_eq!(messages.len(), 2, "{messages:?}");
    }

    #[test]
    fn a_missing_licence_and_a_large_package_are_found() {
        assert_eq!(wrong("wire", 0, &["Cargo.toml", "README.md", "src/lib.rs"].map(str::to_owned)).len(), 1);
        assert_eq!(check(LARGEST + 1, &[]).len(), 1);
    }
}
