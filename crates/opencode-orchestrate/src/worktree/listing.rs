//! What `git worktree list --porcelain` says.

use std::path::{Path, PathBuf};

/// A worktree that git knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    /// The commit that is checked out.
    pub(super) head: Option<String>,
    /// The branch that is checked out, without `refs/heads/`; none when it is a commit.
    pub(super) branch: Option<String>,
    /// Why it is locked, if it is; often empty.
    pub(super) locked: Option<String>,
}

impl Entry {
    /// Whether git has not finished making it. It says so in the reason of the lock that it holds meanwhile.
    pub(super) fn is_being_made(&self) -> bool {
        self.locked.as_deref() == Some("initializing")
    }

    /// Whether it is at a place, which has to be resolved.
    pub(super) fn is_at(&self, place: &Path) -> bool {
        self.path == place
            || (self.path.file_name() == place.file_name()
                && self.path.parent().zip(place.parent()).is_some_and(|(one, other)| {
                    one.canonicalize()
                        .ok()
                        .zip(other.canonicalize().ok())
                        .is_some_and(|(one, other)| one == other)
                }))
    }
}

/// Reads the list. Lines end with NUL where git knows `-z`, which it does since 2.36, and else as usual.
///
/// What is not known is left out: later versions may say more.
pub(super) fn parse(said: &[u8], end: u8) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for line in said.split(|byte| *byte == end) {
        let (word, rest) = match line.iter().position(|byte| *byte == b' ') {
            Some(space) => (&line[..space], &line[space + 1..]),
            None => (line, &line[line.len()..]),
        };
        if word == b"worktree" {
            entries.push(Entry { path: path_of(rest), ..Entry::default() });
            continue;
        }
        let Some(entry) = entries.last_mut() else { continue };
        let text = || String::from_utf8_lossy(rest).into_owned();
        match word {
            b"HEAD" => entry.head = Some(text()),
            b"branch" => entry.branch = text().strip_prefix("refs/heads/").map(str::to_owned),
            b"locked" => entry.locked = Some(text()),
            _ => {}
        }
    }
    entries
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;

    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As git 2.47 has written it.
    const SAID: &str = "worktree /srv/a b\0HEAD 7a8335929d21eaa14847cb57e01a7242e19bac26\0branch refs/heads/main\0\0\
        worktree /srv/bare\0bare\0\0\
        worktree /srv/w/x\ny\0HEAD 7a8335929d21eaa14847cb57e01a7242e19bac26\0detached\0locked\0\0\
        worktree /srv/w/z\0HEAD 7a8335929d21eaa14847cb57e01a7242e19bac26\0branch refs/heads/opencode/z\0\
        locked initializing\0prunable gitdir file points to non-existent location\0\0";

    #[test]
    fn a_list_is_read_whatever_is_in_its_paths() {
        let entries = parse(SAID.as_bytes(), 0);
        let paths: Vec<_> = entries.iter().map(|entry| entry.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["/srv/a b", "/srv/bare", "/srv/w/x\ny", "/srv/w/z"]);
        let branches: Vec<_> = entries.iter().map(|entry| entry.branch.as_deref()).collect();
        assert_eq!(branches, [Some("main"), None, None, Some("opencode/z")]);
        assert_eq!(entries[1].head, None);
        assert_eq!(entries[2].locked.as_deref(), Some(""));
        assert!(!entries[2].is_being_made() && entries[3].is_being_made());
    }

    #[test]
    fn git_before_2_36_ends_lines_as_usual() {
        let said = SAID.replace("x\ny", "x").replace('\0', "\n");
        let entries = parse(said.as_bytes(), b'\n');
        assert_eq!(entries.len(), 4);
        assert_eq!(entries[3].branch.as_deref(), Some("opencode/z"));
        assert!(entries[3].is_being_made());
    }

    #[test]
    fn nothing_is_an_empty_list() {
        assert_eq!(parse(b"", 0), []);
        assert_eq!(parse(b"HEAD 1\0branch refs/heads/x\0", 0), []);
    }
}
