//! What a test does where something is missing that it needs.

#![expect(clippy::disallowed_methods, reason = "this is where it is decided whether a test may be skipped")]

use std::io::Write as _;

/// Whether a skipped test would be a hole: with `OPENCODE_TEST_REQUIRE=1` or `CI=true`.
pub(crate) fn is_forbidden() -> bool {
    let is =
        |name: &str, values: &[&str]| std::env::var(name).is_ok_and(|value| values.contains(&value.as_str()));
    is("CI", &["true", "1"]) || is("OPENCODE_TEST_REQUIRE", &["1", "true"])
}

/// Written to the stream itself and not with `eprintln!`, which the test harness swallows for
/// tests that pass, as a skipped one does.
pub(crate) fn say(line: &str) {
    let _closed = writeln!(std::io::stderr().lock(), "opencode-testkit: {line}");
}

/// The error, its cause, and below them what a program printed.
pub(crate) fn explain(error: &dyn std::error::Error, output: Option<&str>) -> String {
    let mut text = error.to_string();
    if let Some(source) = error.source() {
        text = format!("{text}: {source}");
    }
    match output {
        Some(output) if !output.is_empty() => format!("{text}\n{output}"),
        _ => text,
    }
}
