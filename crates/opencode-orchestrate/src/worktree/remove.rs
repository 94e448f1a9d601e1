//! Removing a worktree, as it is decided or after it has been decided and its remover died.

use std::path::{Path, PathBuf};

use super::lock::Lock;
use super::look::Look;
use super::site::{Site, TRASH};
use super::{Worktree, WorktreeError, Worktrees};
use crate::subject_folder;

/// Between the name of a worktree and the random rest of what it is called in the trash.
const SEPARATOR: char = '~';

impl Worktrees {
    /// Removes a worktree, and its branch if that holds no commits of its own. One that is not there is removed already.
    ///
    /// Forced, everything that is not committed is lost; a branch with commits of its own stays even so.
    ///
    /// # Errors
    ///
    /// [`AtRisk`](WorktreeError::AtRisk) when something would be lost, unless it is forced; and when git cannot tell, or
    /// cannot remove it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the worktree as it is, or removed; the rests are cleared away by
    /// [`reap`](Self::reap).
    pub async fn remove(&self, worktree: &Worktree, force: bool) -> Result<(), WorktreeError> {
        let site = Site::find(self).await?;
        let not_ours = || WorktreeError::NotOurs { path: worktree.path.clone() };
        let folder = self.folder_of(&site.root, &worktree.path).ok_or_else(not_ours)?;
        let lock = site.lock(folder).await?;
        let (path, branch) = (site.root.join(folder), site.branch_of(folder));
        let look = Look::at(&site, &path).await?;
        let is_there = path.exists();
        match &look.entry {
            None if is_there => return Err(not_ours()),
            None => return Ok(()),
            Some(_) if look.is_ours(&branch) => {}
            // What has lost its repository, or its folder, cannot be looked at.
            Some(_) if look.is_on(&branch) && (force || !is_there) => {}
            Some(_) if look.admin.is_some() => return Err(not_ours()),
            Some(_) => return Err(WorktreeError::Broken { path }),
        }
        if !is_there {
            return site.finish(folder, Some(&branch), &lock).await;
        }
        if !force {
            let risk = look.risk(&site, &path, &branch).await?;
            if risk.is_at_risk() {
                return Err(WorktreeError::AtRisk { path, risk: Box::new(risk) });
            }
        }
        let branch = look.marker.map_or(branch, |marker| marker.branch);
        let trash = site.discard(folder, Some(&branch), &lock).await?;
        drop(lock);
        delete(&trash).await;
        Ok(())
    }
}

impl Site {
    /// Takes a worktree away, in one step, so that nobody finds half of one; and has git forget it.
    ///
    /// Gives what is left to be deleted.
    pub(super) async fn discard(
        &self,
        folder: &str,
        branch: Option<&str>,
        lock: &Lock,
    ) -> Result<PathBuf, WorktreeError> {
        let path = self.root.join(folder);
        let rest: u64 = fastrand::u64(..);
        let trash = self.root.join(TRASH).join(format!("{folder}{SEPARATOR}{rest:016x}"));
        std::fs::rename(&path, &trash).map_err(WorktreeError::disk(&path))?;
        self.finish(folder, branch, lock).await?;
        Ok(trash)
    }

    /// Clears away what git was about to make, or knows of a folder that is gone.
    pub(super) async fn clear(&self, folder: &str, lock: &Lock) -> Result<(), WorktreeError> {
        if !self.root.join(folder).exists() {
            return self.finish(folder, None, lock).await;
        }
        let trash = self.discard(folder, None, lock).await?;
        delete(&trash).await;
        Ok(())
    }

    /// Has git forget a worktree that was taken away, and its branch if that holds nothing of its own. Does nothing where
    /// there is a worktree again.
    async fn finish(&self, folder: &str, branch: Option<&str>, lock: &Lock) -> Result<(), WorktreeError> {
        let path = self.root.join(folder);
        if path.exists() {
            return Ok(());
        }
        let entries = self.list().await?;
        if entries.iter().any(|entry| entry.is_at(&path)) {
            self.forget(&path, lock).await?;
        }
        let Some(branch) = branch else { return Ok(()) };
        let is_elsewhere =
            entries.iter().any(|entry| entry.branch.as_deref() == Some(branch) && !entry.is_at(&path));
        let Some(tip) = self.tip_of(branch).await? else { return Ok(()) };
        if !is_elsewhere && self.commits_of_its_own(&[&tip], branch).await? == 0 {
            // Only where it was looked at: somebody may have gone on from there.
            self.delete_branch(branch, &tip).await?;
        }
        Ok(())
    }

    /// Ends what somebody has begun to remove before he died. What fails is tried again the next time.
    pub(super) async fn empty_trash(&self) -> Result<(), WorktreeError> {
        let folder = self.root.join(TRASH);
        let entries = std::fs::read_dir(&folder).map_err(WorktreeError::disk(&folder))?;
        let trash: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        for path in trash {
            let name = path.file_name().and_then(|name| name.to_str());
            let folder = name.and_then(|name| name.rsplit_once(SEPARATOR)).map(|(folder, _)| folder);
            let Some(folder) = folder.filter(|folder| subject_folder::is_ours(folder)) else { continue };
            let finished = async {
                let lock = self.lock(folder).await?;
                self.finish(folder, Some(&self.branch_of(folder)), &lock).await
            };
            match finished.await {
                Ok(()) => delete(&path).await,
                Err(error) => tracing::warn!(%error, "git does not forget a worktree that was removed"),
            }
        }
        Ok(())
    }
}

/// Deletes what nobody finds any more. It goes on when the future is dropped.
pub(super) async fn delete(trash: &Path) {
    let path = trash.to_owned();
    let deleted = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(path)).await;
    match deleted {
        Ok(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, path = %trash.display(), "a worktree was removed, and its files could not be deleted");
        }
        _ => {}
    }
}
