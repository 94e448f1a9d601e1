//! Traces of unfinished work that must not be committed.

use super::Violation;
use super::files::SourceFile;

/// Spelled in halves, so that this file does not find itself.
const IN_RUST: &[(&str, &str)] = &[
    (concat!("to", "do!"), "finish it or leave it out"),
    (concat!("unimple", "mented!"), "finish it or leave it out"),
    (concat!("db", "g!"), "debugging output"),
    (concat!("#[ig", "nore"), "a test that never runs; name its tier instead"),
    (concat!("```ig", "nore"), "an example nobody compiles; use `no_run`"),
];

/// In Markdown only code fences count: prose may name the macros.
const IN_MARKDOWN: &[(&str, &str)] = &[
    (concat!("```rust,ig", "nore"), "an example nobody compiles; use `no_run`"),
    (concat!("```ig", "nore"), "an example nobody compiles; use `no_run`"),
];

/// No placeholder macros, no ignored tests, no examples that are not compiled.
pub(crate) fn unfinished_code(files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files {
        let markers = match file.extension() {
            "rs" => IN_RUST,
            "md" => IN_MARKDOWN,
            _ => continue,
        };
        for (line, text) in file.lines() {
            for (marker, advice) in markers {
                if contains_word(text, marker) {
                    let message = format!("`{marker}`: {advice}");
                    violations.push(Violation::at(&file.path, line, message));
                }
            }
        }
    }
    violations
}

/// Whether `marker` occurs and is not the end of a longer identifier.
fn contains_word(text: &str, marker: &str) -> bool {
    text.match_indices(marker)
        .any(|(start, _)| !text[..start].ends_with(|before: char| before.is_alphanumeric() || before == '_'))
}

#[cfg(test)]
mod tests {
    use super::super::files::file;
    use super::*;

    #[test]
    fn each_marker_is_found_in_rust() {
        for (marker, _) in IN_RUST {
            let text = format!("//! A file.\n    {marker}(1)\n");
            let violations = unfinished_code(&[file("a.rs", &text)]);
            assert_eq!(violations.len(), 1, "{marker}");
            assert_eq!(violations[0].line, Some(2));
        }
    }

    #[test]
    fn a_longer_name_is_not_a_marker() {
        let text = concat!("//! A file.\nlet_us_to", "do!(1);\n");
        assert_eq!(unfinished_code(&[file("a.rs", text)]), []);
    }

    #[test]
    fn prose_may_name_what_code_may_not_use() {
        let prose = concat!("Never `to", "do!()`.\n");
        let fence = concat!("```rust,ig", "nore\n```\n");
        assert_eq!(unfinished_code(&[file("a.md", prose)]), []);
        assert_eq!(unfinished_code(&[file("a.md", fence)]).len(), 1);
    }
}
