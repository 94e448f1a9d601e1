//! What `git status --porcelain=v2 -z --branch` says.

/// How many paths are kept for whoever reads a report.
const PATHS: usize = 20;

/// What is not committed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Status {
    /// The commit that is checked out; none on a branch without commits.
    pub(super) head: Option<String>,
    /// Files that git knows and that are not as they were committed.
    pub(super) changed: usize,
    /// Files and folders that git neither knows nor ignores.
    pub(super) untracked: usize,
    /// The first paths of both.
    pub(super) paths: Vec<String>,
}

/// What git has said is not what we know, so that nothing can be said about the worktree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// Reads what git has said. What is not understood is no proof that there is nothing, and so an error.
pub(super) fn parse(said: &[u8]) -> Result<Status, Unreadable> {
    let mut status = Status::default();
    let mut has_head = false;
    let said = String::from_utf8_lossy(said);
    let mut records = said.split_terminator('\0');
    while let Some(record) = records.next() {
        let (kind, rest) = record.split_once(' ').ok_or(Unreadable)?;
        // How many fields stand before the path, which may hold spaces itself.
        let fields = match kind {
            "#" => {
                if let Some(head) = rest.strip_prefix("branch.oid ") {
                    has_head = true;
                    status.head = (head != "(initial)").then(|| head.to_owned());
                }
                continue;
            }
            "!" => continue,
            "?" => 0,
            "1" => 7,
            "2" => 8,
            "u" => 9,
            _ => return Err(Unreadable),
        };
        let path =
            rest.splitn(fields + 1, ' ').nth(fields).filter(|path| !path.is_empty()).ok_or(Unreadable)?;
        if kind == "2" {
            // Where it was before, in a record of its own.
            records.next().ok_or(Unreadable)?;
        }
        if kind == "?" {
            status.untracked += 1;
        } else {
            status.changed += 1;
        }
        if status.paths.len() < PATHS {
            status.paths.push(path.to_owned());
        }
    }
    if has_head { Ok(status) } else { Err(Unreadable) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "# branch.oid 7a8335929d21eaa14847cb57e01a7242e19bac26\0# branch.head opencode/a\0";
    const ADDED: &str = "1 A. N... 000000 100644 100644 0000000000000000000000000000000000000000 \
        587be6b4c3f93f93c489c0111bba5596147a26cb a b.txt\0";
    const MOVED: &str = "2 R. N... 100644 100644 100644 587be6b4c3f93f93c489c0111bba5596147a26cb \
        587be6b4c3f93f93c489c0111bba5596147a26cb R100 new name\0old name\0";
    const CONFLICT: &str = "u UU N... 100644 100644 100644 100644 587be6b4c3f93f93c489c0111bba5596147a26cb \
        9d2587e03d0ae0ff05b0b03bdbf9a5a9eb47ba6e 1f5c7f0a1ef3a6cb6a1a0b6b2b0a9b1e7a2b5f3c both.txt\0";

    fn read(records: &[&str]) -> Result<Status, Unreadable> {
        parse(records.concat().as_bytes())
    }

    #[test]
    fn a_clean_worktree_says_where_it_is_and_nothing_else() {
        let status = read(&[HEAD]).unwrap();
        assert_eq!(status.head.as_deref(), Some("7a8335929d21eaa14847cb57e01a7242e19bac26"));
        assert_eq!((status.changed, status.untracked), (0, 0));
        let status = read(&["# branch.oid (initial)\0# branch.head main\0# stash 1\0! target/\0"]).unwrap();
        assert_eq!(status, Status::default());
    }

    #[test]
    fn each_kind_of_change_counts_and_paths_may_hold_anything() {
        let status = read(&[HEAD, ADDED, MOVED, CONFLICT, "? b\nc d\0? ü/\0"]).unwrap();
        assert_eq!((status.changed, status.untracked), (3, 2));
        assert_eq!(status.paths, ["a b.txt", "new name", "both.txt", "b\nc d", "ü/"]);
    }

    #[test]
    fn a_flood_is_counted_and_not_kept() {
        let flood: String = (0..1000).map(|file| format!("? {file}\0")).collect();
        let status = read(&[HEAD, &flood]).unwrap();
        assert_eq!((status.untracked, status.paths.len()), (1000, PATHS));
    }

    #[test]
    fn what_is_not_understood_is_no_proof_of_nothing() {
        for said in
            ["", "? a\0", "1 A. N...\0", "3 new kind\0", "nonsense\0", "2 R. N... 1 2 3 4 5 R100 new\0"]
        {
            let records = if said.is_empty() || said == "? a\0" { vec![said] } else { vec![HEAD, said] };
            assert_eq!(read(&records), Err(Unreadable), "{said:?}");
        }
    }

    proptest! {
        /// Whatever is in the paths, each record counts once.
        #[test]
        fn no_change_is_lost(
            paths in proptest::collection::vec(("[^\0]{1,12}", 0..4_usize), 0..30),
        ) {
            let mut said = HEAD.to_owned();
            for (path, kind) in &paths {
                let record = [ADDED, MOVED, CONFLICT, "? PATH\0"][*kind];
                let record = record.replace("a b.txt", path).replace("new name", path).replace("both.txt", path);
                said.push_str(&record.replace("PATH", path));
            }
            let status = parse(said.as_bytes()).unwrap();
            let untracked = paths.iter().filter(|(_, kind)| *kind == 3).count();
            prop_assert_eq!((status.changed, status.untracked), (paths.len() - untracked, untracked));
        }
    }
}
