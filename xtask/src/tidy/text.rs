//! Rules about the shape of text files.

use super::Violation;
use super::files::SourceFile;

/// Every Rust file says in its first line what it is for.
pub(crate) fn module_docs(files: &[SourceFile]) -> Vec<Violation> {
    files
        .iter()
        .filter(|file| file.is_rust() && !file.text.starts_with("//! "))
        .map(|file| Violation::at(&file.path, 1, "the first line must be a `//! ` doc comment"))
        .collect()
}

/// No line ends in white space.
pub(crate) fn trailing_whitespace(files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| !file.is_recorded()) {
        for (line, text) in file.lines() {
            if text != text.trim_end() {
                violations.push(Violation::at(&file.path, line, "trailing white space"));
            }
        }
    }
    violations
}

/// Every file that is not empty ends with exactly one newline.
pub(crate) fn final_newline(files: &[SourceFile]) -> Vec<Violation> {
    files
        .iter()
        .filter(|file| !file.is_recorded() && !file.text.is_empty())
        .filter(|file| !file.text.ends_with('\n') || file.text.ends_with("\n\n"))
        .map(|file| {
            let last = file.text.lines().count();
            Violation::at(&file.path, last, "must end with exactly one newline")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::files::file;
    use super::*;

    #[test]
    fn a_rust_file_without_module_docs_is_found() {
        let files = [
            file("a.rs", "//! Fine.\n"),
            file("b.rs", "use std::fmt;\n//! Late.\n"),
            file("c.md", "No docs needed.\n"),
        ];
        let violations = module_docs(&files);
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].path, "b.rs");
    }

    #[test]
    fn trailing_white_space_is_found_with_its_line() {
        let files = [file("a.md", "one\ntwo \n"), file("x/fixtures/b.sse", "data: \n")];
        let violations = trailing_whitespace(&files);
        assert_eq!(violations, [Violation::at("a.md", 2, "trailing white space")]);
    }

    #[test]
    fn a_missing_or_doubled_last_newline_is_found() {
        let files = [
            file("fine.md", "one\n"),
            file("empty.md", ""),
            file("none.md", "one"),
            file("two.md", "one\n\n"),
        ];
        let paths: Vec<String> = final_newline(&files).into_iter().map(|v| v.path).collect();
        assert_eq!(paths, ["none.md", "two.md"]);
    }
}
