//! What a worktree is, and what would be lost with it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::found::OnDisk;
use super::listing::Entry;
use super::marker::{Marker, admin_of, registered};
use super::risk::Operation;
use super::site::Site;
use super::{Risk, Worktree, WorktreeError, Worktrees, status};

/// What is known of a place where a worktree belongs.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) entry: Option<Entry>,
    /// The folder in which git keeps what it knows of it, if worktree and repository name each other.
    pub(super) admin: Option<PathBuf>,
    pub(super) marker: Option<Marker>,
}

impl Look {
    pub(super) async fn at(site: &Site, path: &Path) -> Result<Self, WorktreeError> {
        let entry = site.entry_at(path).await?;
        let admin = entry.as_ref().and_then(|_| admin_of(path, &site.common));
        let marker = admin.as_deref().and_then(Marker::read);
        Ok(Self { entry, admin, marker })
    }

    pub(super) fn on_disk(&self, path: &Path) -> Result<OnDisk, WorktreeError> {
        if let Some(admin) = &self.admin {
            return Ok(if has_files(admin) { OnDisk::Linked } else { OnDisk::Unwritten });
        }
        match std::fs::read_dir(path) {
            Ok(mut entries) => Ok(if entries.next().is_none() { OnDisk::Nothing } else { OnDisk::Something }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(OnDisk::Nothing),
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => Ok(OnDisk::Something),
            Err(error) => Err(WorktreeError::disk(path)(error)),
        }
    }

    /// Whether it was made here: because it is written down, or because nobody else calls a branch so.
    pub(super) fn is_ours(&self, branch: &str) -> bool {
        self.marker.is_some() || (self.admin.is_some() && self.is_on(branch))
    }

    /// Whether git has it on that branch.
    pub(super) fn is_on(&self, branch: &str) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.branch.as_deref() == Some(branch))
    }

    /// When somebody has asked for it last.
    pub(super) fn asked(&self) -> Option<SystemTime> {
        let registered = || self.admin.as_deref().and_then(registered);
        self.marker.as_ref().map(Marker::asked).or_else(registered)
    }

    /// What would be lost with it.
    pub(super) async fn risk(&self, site: &Site, path: &Path, branch: &str) -> Result<Risk, WorktreeError> {
        let broken = || WorktreeError::Broken { path: path.to_owned() };
        let (admin, entry) = self.admin.as_deref().zip(self.entry.as_ref()).ok_or_else(broken)?;
        let branch = self.marker.as_ref().map_or(branch, |marker| &marker.branch);
        let tip = site.tip_of(branch).await?;
        let is_locked = entry.locked.is_some();
        if self.marker.is_none() && !has_files(admin) {
            // Nobody was given it: what is missing is not written yet.
            let tip: Vec<&str> = tip.as_deref().into_iter().collect();
            let commits = site.commits_of_its_own(&tip, branch).await?;
            return Ok(Risk { commits, is_locked, ..Risk::default() });
        }
        let said = site.status(path, admin).await?;
        let status = status::parse(&said).map_err(|_| WorktreeError::Unreadable { command: "status" })?;
        let commits: Vec<&str> = status.head.as_deref().into_iter().chain(tip.as_deref()).collect();
        Ok(Risk {
            changed: status.changed,
            untracked: status.untracked,
            paths: status.paths,
            commits: site.commits_of_its_own(&commits, branch).await?,
            operation: Operation::of(|trace| admin.join(trace).exists()),
            is_locked,
            has_submodules: admin.join("modules").exists(),
        })
    }
}

/// Whether the files of a worktree were written. Git writes the index when they are.
fn has_files(admin: &Path) -> bool {
    admin.join("index").exists()
}

impl Worktrees {
    /// What would be lost with a worktree: changes that are not committed, commits that are on no remote and on no local
    /// branch but those of worktrees, and whatever somebody has begun and not ended.
    ///
    /// What git ignores does not count. What is known of remotes is what was fetched or pushed last.
    ///
    /// # Errors
    ///
    /// When git cannot tell. Then the worktree has to be taken for one at risk.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn risk(&self, worktree: &Worktree) -> Result<Risk, WorktreeError> {
        let site = Site::find(self).await?;
        let folder = self.folder_of(&site.root, &worktree.path);
        let folder = folder.ok_or_else(|| WorktreeError::NotOurs { path: worktree.path.clone() })?;
        let path = site.root.join(folder);
        let look = Look::at(&site, &path).await?;
        look.risk(&site, &path, &site.branch_of(folder)).await
    }
}
