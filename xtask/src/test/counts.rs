//! Counting tests in the output of libtest.

use std::ops::AddAssign;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// Tests that did not run although they were asked for.
    pub(crate) skipped: usize,
}

impl Counts {
    /// Reads one `test result:` line; `None` for every other line.
    ///
    /// Ignored tests count as skipped; filtered-out ones were not asked for and count as nothing.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let line = without_colours(line);
        let (_verdict, fields) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut counts = Self::default();
        for field in fields.split(';') {
            let Some((number, label)) = field.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<usize>() else {
                continue;
            };
            match label {
                "passed" => counts.passed = number,
                "failed" => counts.failed = number,
                "ignored" => counts.skipped = number,
                _ => {}
            }
        }
        Some(counts)
    }

    /// One thing that was checked and holds.
    pub(crate) const fn one_passed() -> Self {
        Self { passed: 1, failed: 0, skipped: 0 }
    }

    /// One thing that was checked and does not hold.
    pub(crate) const fn one_failed() -> Self {
        Self { passed: 0, failed: 1, skipped: 0 }
    }

    /// Whether nothing ran and nothing was skipped.
    pub(crate) const fn is_empty(self) -> bool {
        self.passed == 0 && self.failed == 0 && self.skipped == 0
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Reads one line of `--list`: the test's path, or `None` for the total and for benchmarks.
pub(crate) fn parse_listed(line: &str) -> Option<&str> {
    line.strip_suffix(": test")
}

/// Drops terminal colour sequences (`ESC [ … m`), which libtest writes when it is told to.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_code, tail)| tail);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_line_is_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 2 ignored; 0 measured; 9 filtered out; finished in 0.01s";
        let counts = Counts::parse(line).unwrap();
        assert_eq!((counts.passed, counts.failed, counts.skipped), (12, 3, 2));
    }

    #[test]
    fn colours_do_not_hide_a_result() {
        let line = "test result: \u{1b}[32mok\u{1b}(B\u{1b}[m. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(Counts::parse(line).unwrap().passed, 4);
    }

    #[test]
    fn other_lines_are_not_results() {
        assert_eq!(Counts::parse("test sse::tests::splits ... ok"), None);
        assert_eq!(Counts::parse("the test result: ok. 1 passed"), None);
        assert_eq!(Counts::parse(""), None);
    }

    #[test]
    fn only_tests_are_listed() {
        assert_eq!(parse_listed("real::a_turn: test"), Some("real::a_turn"));
        assert_eq!(parse_listed("parse: benchmark"), None);
        assert_eq!(parse_listed("3 tests, 1 benchmark"), None);
    }
}
