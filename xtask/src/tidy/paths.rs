//! Nothing in the tree may name a folder of the machine it was written on.

use super::Violation;
use super::files::SourceFile;

/// First folders of absolute paths that exist on one machine and not on the next.
///
/// Examples that need an absolute path use `/srv/…`.
/// Spelled in halves, so that this file does not find itself.
const FOLDERS: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/t", "mp/"),
    concat!("/Us", "ers/"),
];

/// No absolute path of one machine in any text file, recordings included.
pub(crate) fn of_one_machine(files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files {
        for (line, text) in file.lines() {
            for folder in FOLDERS {
                if text.match_indices(folder).any(|(start, _)| begins_path(&text[..start])) {
                    let message = format!("the machine path `{folder}…`; use a temporary folder or `/srv/…`");
                    violations.push(Violation::at(&file.path, line, message));
                }
            }
        }
    }
    violations
}

/// Whether what follows starts a path, and does not continue one (`crates/x`, `{root}/x`, `https://host/x`).
fn begins_path(before: &str) -> bool {
    !before.ends_with(|last: char| {
        last.is_alphanumeric() || matches!(last, '_' | '-' | '.' | '}' | ')' | '>' | '~' | '/')
    })
}

#[cfg(test)]
mod tests {
    use super::super::files::file;
    use super::*;

    #[test]
    fn every_folder_is_found_wherever_a_path_starts() {
        for folder in FOLDERS {
            for text in [format!("{folder}x"), format!("see \"{folder}x\""), format!("file={folder}x")] {
                let violations = of_one_machine(&[file("a.sse", &text)]);
                assert_eq!(violations.len(), 1, "{text}");
            }
        }
    }

    #[test]
    fn the_middle_of_a_path_is_not_a_machine_path() {
        let text = FOLDERS.map(|folder| format!("crates{folder}x ${{root}}{folder}x"));
        assert_eq!(of_one_machine(&[file("a.md", &text.join("\n"))]), []);
    }
}
