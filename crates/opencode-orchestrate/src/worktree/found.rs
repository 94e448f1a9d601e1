//! What is to be done where the worktree of a subject belongs, decided without IO.

use super::listing::Entry;
use super::marker::Marker;
use crate::subject_folder::SubjectFolder;

/// What there is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnDisk {
    /// Nothing, or an empty folder.
    Nothing,
    /// Something.
    Something,
    /// A worktree that its repository knows as such, and that has no files yet, or not all of them.
    Unwritten,
    /// A worktree that its repository knows as such.
    Linked,
}

/// What is known of the place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    /// What git has registered there.
    pub(super) entry: Option<&'a Entry>,
    pub(super) on_disk: OnDisk,
    /// What was written down, if anything was.
    pub(super) marker: Option<&'a Marker>,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It is there.
    Use,
    /// It is there, and whoever made it died before writing it down.
    Adopt,
    /// It is registered, and its files have to be written.
    Write,
    /// It was not finished, or its folder is gone: what git knows of it has to go before it is made.
    Clear,
    /// There is nothing.
    Make,
    /// Something else is there.
    Occupied,
    /// It was there, and its link to the repository is gone.
    Broken,
}

/// Decides what is to be done. Whatever is not certainly ours, or may hold work, stays as it is.
pub(super) fn next(found: Found<'_>, folder: &SubjectFolder, branch: &str) -> Next {
    let Some(entry) = found.entry else {
        return if found.on_disk == OnDisk::Nothing { Next::Make } else { Next::Occupied };
    };
    if let Some(marker) = found.marker {
        return if marker.subject == folder.digest { Next::Use } else { Next::Occupied };
    }
    // Somebody who works in it may have changed the branch; before it is written down, nobody has worked in it.
    let is_ours = entry.branch.as_deref() == Some(branch);
    match found.on_disk {
        // Nobody was given it, so that nobody's work is in it. Git may not have come as far as its branch.
        _ if entry.is_being_made() => Next::Clear,
        OnDisk::Nothing if is_ours && entry.locked.is_none() => Next::Clear,
        OnDisk::Unwritten if is_ours => Next::Write,
        OnDisk::Linked if is_ours => Next::Adopt,
        OnDisk::Something if is_ours => Next::Broken,
        OnDisk::Nothing | OnDisk::Something | OnDisk::Unwritten | OnDisk::Linked => Next::Occupied,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRANCH: &str = "opencode/a-0123456789abcdef";

    fn entry(branch: &str, locked: Option<&str>) -> Entry {
        let branch = Some(branch.to_owned());
        Entry { path: "/w/a-0123456789abcdef".into(), head: None, branch, locked: locked.map(str::to_owned) }
    }

    fn marker(subject: &str) -> Marker {
        Marker { subject: subject.to_owned(), branch: BRANCH.to_owned(), base: "1".to_owned(), asked: 0 }
    }

    fn decided(entry: Option<&Entry>, on_disk: OnDisk, marker: Option<&Marker>) -> Next {
        let name = SubjectFolder { name: "a-0123456789abcdef".to_owned(), digest: "mine".to_owned() };
        next(Found { entry, on_disk, marker }, &name, BRANCH)
    }

    #[test]
    fn what_is_there_is_used_whatever_was_checked_out_since() {
        let mine = marker("mine");
        for branch in [BRANCH, "feature"] {
            assert_eq!(decided(Some(&entry(branch, None)), OnDisk::Linked, Some(&mine)), Next::Use);
        }
        // Whoever works there may have deleted the index; what is written down is that it was given to somebody.
        assert_eq!(decided(Some(&entry(BRANCH, None)), OnDisk::Unwritten, Some(&mine)), Next::Use);
        let locked = entry(BRANCH, Some("by hand"));
        assert_eq!(decided(Some(&locked), OnDisk::Linked, Some(&mine)), Next::Use);
    }

    #[test]
    fn nothing_of_somebody_else_is_touched() {
        let theirs = marker("theirs");
        assert_eq!(decided(Some(&entry(BRANCH, None)), OnDisk::Linked, Some(&theirs)), Next::Occupied);
        assert_eq!(decided(None, OnDisk::Something, None), Next::Occupied);
        assert_eq!(decided(None, OnDisk::Linked, None), Next::Occupied);
        for on_disk in [OnDisk::Nothing, OnDisk::Something, OnDisk::Unwritten, OnDisk::Linked] {
            assert_eq!(decided(Some(&entry("feature", None)), on_disk, None), Next::Occupied);
        }
        assert_eq!(
            decided(Some(&entry(BRANCH, Some("a disk that is away"))), OnDisk::Nothing, None),
            Next::Occupied
        );
    }

    #[test]
    fn whatever_its_maker_left_undone_is_done() {
        assert_eq!(decided(None, OnDisk::Nothing, None), Next::Make);
        assert_eq!(decided(Some(&entry(BRANCH, None)), OnDisk::Linked, None), Next::Adopt);
        assert_eq!(decided(Some(&entry(BRANCH, None)), OnDisk::Unwritten, None), Next::Write);
        assert_eq!(decided(Some(&entry(BRANCH, None)), OnDisk::Nothing, None), Next::Clear);
        for on_disk in [OnDisk::Nothing, OnDisk::Something, OnDisk::Linked] {
            for branch in [BRANCH, "detached"] {
                assert_eq!(decided(Some(&entry(branch, Some("initializing"))), on_disk, None), Next::Clear);
            }
        }
    }

    #[test]
    fn a_folder_that_has_lost_its_repository_may_hold_work() {
        assert_eq!(decided(Some(&entry(BRANCH, None)), OnDisk::Something, None), Next::Broken);
    }
}
