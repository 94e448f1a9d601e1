//! The list of proven versions in `opencode-wire`.

use std::fmt::Write as _;

use super::judge::judge;
use super::record::Record;

/// From the workspace root.
pub(super) const PATH: &str = "crates/opencode-wire/src/api/server/proven.rs";

/// A version is proven if all that differs there is understood.
pub(super) fn render(records: &[Record]) -> String {
    let mut text =
        "//! The versions of the server that this crate was tried on; written by `cargo xtask compat`.\n\n\
                    use super::ServerVersion;\n\n\
                    /// In ascending order.\n\
                    pub(super) const PROVEN: &[ServerVersion] = &[\n"
            .to_owned();
    for record in records.iter().filter(|record| judge(record).is_understood()) {
        let version = &record.version;
        let (major, minor, patch) = (version.major, version.minor, version.patch);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    ServerVersion {{ major: {major}, minor: {minor}, patch: {patch} }},");
    }
    text.push_str("];\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::parse;

    #[test]
    fn a_version_with_a_failure_that_nobody_understands_is_not_proven() {
        let record = |version: &str, passed| {
            let tests = [("nothing::known_of_this".to_owned(), passed)].into();
            Record::new(parse(version).unwrap(), String::new(), String::new(), &tests)
        };
        let text = render(&[record("9.0.1", true), record("9.0.2", false)]);
        assert!(text.contains("major: 9, minor: 0, patch: 1 }") && !text.contains("patch: 2"), "{text}");
    }
}
