//! Workflows run only what they name exactly, with no more rights than they say.

use super::Violation;
use super::files::SourceFile;

const FOLDER: &str = ".github/workflows/";

/// Every action is pinned by its commit, and every workflow says at its top what it may do.
pub(crate) fn pinned_and_limited(files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with(FOLDER)) {
        if !file.text.lines().any(|line| line.starts_with("permissions:")) {
            let message =
                "needs `permissions:` at its top: without it, every job may do what the repository allows";
            violations.push(Violation::of(&file.path, message));
        }
        for (line, text) in file.lines() {
            if let Some(action) = action(text).filter(|action| !is_pinned(action)) {
                let message =
                    format!("`{action}` can be changed by others: name its commit, 40 digits after the `@`");
                violations.push(Violation::at(&file.path, line, message));
            }
        }
    }
    violations
}

/// What stands behind `uses:`, without a comment.
fn action(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("- ").unwrap_or(line).trim_start().strip_prefix("uses:")?;
    Some(rest.split(" #").next().unwrap_or(rest).trim().trim_matches(['"', '\'']))
}

/// Whether nobody but us can change what it does: a commit, or a folder of this repository.
fn is_pinned(action: &str) -> bool {
    let is_commit = |at: &str| at.len() == 40 && at.bytes().all(|byte| byte.is_ascii_hexdigit());
    action.starts_with("./") || action.rsplit_once('@').is_some_and(|(_, at)| is_commit(at))
}

#[cfg(test)]
mod tests {
    use super::super::files::file;
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn check(workflow: &str) -> Vec<Violation> {
        pinned_and_limited(&[file(".github/workflows/a.yml", workflow)])
    }

    #[test]
    fn a_commit_and_a_folder_of_ours_are_pinned() {
        let steps =
            format!("    - uses: a/b@{COMMIT} # v1\n      uses: \"a/b/c@{COMMIT}\"\n    - uses: ./here\n");
        assert_eq!(check(&format!("permissions: {{}}\n{steps}")), []);
    }

    #[test]
    fn a_tag_a_branch_and_nothing_are_not() {
        for action in ["a/b@v1", "a/b@main", "a/b", "a/b@0123456", &format!("a/b@{COMMIT}0")] {
            let violations = check(&format!("permissions: {{}}\n      - uses: {action} # {COMMIT}\n"));
            assert_eq!(violations.len(), 1, "{action}");
            assert_eq!(violations[0].line, Some(2));
        }
    }

    #[test]
    fn rights_are_said_at_the_top() {
        assert_eq!(check("jobs:\n  a:\n    permissions: {}\n").len(), 1);
        assert_eq!(pinned_and_limited(&[file("docs/a.yml", "uses: a/b@v1\n")]), []);
    }
}
