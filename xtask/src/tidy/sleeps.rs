//! Tests wait for events, never for time.

use super::Violation;
use super::files::SourceFile;

const SLEEPS: [&str; 2] = ["thread::sleep", "time::sleep"];

/// The comment that allows one sleep, on the same line: tokio's clock is paused there, so nothing really waits.
const ALLOWED: &str = "// paused time";

/// No sleep in `tests/` folders nor in inline test modules, unless the line says that time is paused.
pub(crate) fn in_tests(files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let first = first_test_line(file);
        for (line, text) in file.lines().skip_while(|(line, _)| *line < first) {
            let sleeps = SLEEPS.iter().any(|sleep| text.contains(sleep));
            let is_comment = text.trim_start().starts_with("//");
            if sleeps && !is_comment && !text.contains(ALLOWED) {
                let message = format!("a test must not sleep (mark the line `{ALLOWED}` where that is so)");
                violations.push(Violation::at(&file.path, line, message));
            }
        }
    }
    violations
}

/// The line from which on a file is test code; past its end for a file without tests.
fn first_test_line(file: &SourceFile) -> usize {
    if file.path.starts_with("tests/") || file.path.contains("/tests/") {
        return 1;
    }
    let mut attribute = None;
    for (line, text) in file.lines() {
        match attribute {
            Some(start) if text.starts_with("mod ") && text.ends_with('{') => return start,
            _ => attribute = (text == "#[cfg(test)]").then_some(line),
        }
    }
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::super::files::file;
    use super::*;

    // Spelled in halves, so that this file does not find itself.
    const SLEEP: &str = concat!("    tokio::time::sl", "eep(duration).await;");

    #[test]
    fn a_sleep_in_a_test_folder_is_found() {
        let files = [file("crates/x/tests/it/a.rs", SLEEP)];
        assert_eq!(in_tests(&files).len(), 1);
    }

    #[test]
    fn a_sleep_in_an_inline_test_module_is_found() {
        let inline = format!("//! A.\n#[cfg(test)]\nmod tests {{\n{SLEEP}\n}}\n");
        let violations = in_tests(&[file("crates/x/src/a.rs", &inline)]);
        assert_eq!(violations[0].line, Some(4));
    }

    #[test]
    fn library_code_and_paused_time_may_sleep() {
        let library = format!("//! A.\n{SLEEP}\n#[cfg(test)]\nfn only_for_tests() {{}}\n");
        let paused = format!("{SLEEP} {ALLOWED}\n");
        let files = [file("crates/x/src/a.rs", &library), file("crates/x/tests/it/b.rs", &paused)];
        assert_eq!(in_tests(&files), []);
    }
}
