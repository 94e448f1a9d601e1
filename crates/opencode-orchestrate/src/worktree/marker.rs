//! What is written down about a worktree, beside what git keeps of it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// The file, in the folder in which git keeps what it knows of the worktree: whoever works in the worktree does not come
/// across it, and it goes when the worktree goes.
const FILE: &str = "opencode-worktree.json";

/// What is written down about a worktree that was made here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marker {
    /// The digest of its subject.
    pub(super) subject: String,
    pub(super) branch: String,
    /// The commit that the branch began at.
    pub(super) base: String,
    /// When somebody asked for it last, in seconds since 1970. Reading and writing files changes nothing about it.
    pub(super) asked: u64,
}

impl Marker {
    /// What is written, if anything is that can be read.
    pub(super) fn read(admin: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(admin.join(FILE)).ok()?).ok()
    }

    /// Writes it, whole or not at all.
    pub(super) fn write(&self, admin: &Path) -> io::Result<()> {
        let unfinished = admin.join(format!("{FILE}.new"));
        std::fs::write(&unfinished, serde_json::to_vec(self)?)?;
        std::fs::rename(unfinished, admin.join(FILE))
    }

    /// When somebody asked for the worktree last.
    pub(super) fn asked(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.asked)
    }

    /// Notes that somebody asks for it now.
    pub(super) fn touch(&mut self) {
        self.asked = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    }
}

/// When git has registered a worktree: for one whose maker died before it wrote anything down.
pub(super) fn registered(admin: &Path) -> Option<SystemTime> {
    std::fs::metadata(admin.join("gitdir")).ok()?.modified().ok()
}

/// The folder in which git keeps what it knows of a worktree, if the worktree and the repository name each other.
///
/// Git itself would go on to search in the folders around, where another repository may be.
pub(super) fn admin_of(worktree: &Path, common: &Path) -> Option<PathBuf> {
    let link = std::fs::read_to_string(worktree.join(".git")).ok()?;
    let admin = worktree.join(link.strip_prefix("gitdir: ")?.trim_end_matches(['\r', '\n']));
    let admin = admin.canonicalize().ok()?;
    if admin.parent()? != common.join("worktrees").canonicalize().ok()? {
        return None;
    }
    let back = std::fs::read_to_string(admin.join("gitdir")).ok()?;
    let back = admin.join(back.trim_end_matches(['\r', '\n']));
    let is_same = back.parent()?.canonicalize().ok()? == worktree.canonicalize().ok()?;
    is_same.then_some(admin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (common, worktree) = (folder.path().join("r/.git"), folder.path().join("w"));
        let admin = common.join("worktrees/w");
        std::fs::create_dir_all(&admin).unwrap();
        std::fs::create_dir(&worktree).unwrap();
        std::fs::write(worktree.join(".git"), format!("gitdir: {}\n", admin.display())).unwrap();
        std::fs::write(admin.join("gitdir"), format!("{}/.git\n", worktree.display())).unwrap();
        (folder, common, worktree)
    }

    #[test]
    fn a_worktree_and_its_repository_have_to_name_each_other() {
        let (folder, common, worktree) = linked();
        let admin = admin_of(&worktree, &common).unwrap();
        assert!(admin.ends_with("worktrees/w"));
        assert_eq!(admin_of(&worktree, &folder.path().join("other/.git")), None);

        for elsewhere in [folder.path().join("r/.git"), folder.path().join("nowhere/.git")] {
            std::fs::write(admin.join("gitdir"), format!("{}\n", elsewhere.display())).unwrap();
            assert_eq!(admin_of(&worktree, &common), None);
        }
        std::fs::write(admin.join("gitdir"), "../../../../w/.git\n").unwrap();
        std::fs::write(worktree.join(".git"), "gitdir: ../r/.git/worktrees/w\n").unwrap();
        assert!(admin_of(&worktree, &common).is_some(), "relative links are links too");
        std::fs::remove_file(worktree.join(".git")).unwrap();
        assert_eq!(admin_of(&worktree, &common), None);
    }

    #[test]
    fn what_was_written_is_read_and_half_of_it_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (subject, branch, base) = ("s".to_owned(), "opencode/x".to_owned(), "1".to_owned());
        let mut marker = Marker { subject, branch, base, asked: 0 };
        marker.touch();
        assert!(marker.asked().elapsed().unwrap() < Duration::from_secs(60));
        marker.write(folder.path()).unwrap();
        assert_eq!(Marker::read(folder.path()), Some(marker));
        std::fs::write(folder.path().join(FILE), b"{\"subject\":").unwrap();
        assert_eq!(Marker::read(folder.path()), None);
    }
}
