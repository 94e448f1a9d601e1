//! From a subject to its worktree.

use std::path::Path;
use std::time::Duration;

use opencode_store::session::Subject;

use super::found::{Found, Next, next};
use super::lock::Lock;
use super::look::Look;
use super::marker::{Marker, admin_of};
use super::site::Site;
use super::{Worktree, WorktreeError, Worktrees};
use crate::subject_folder::SubjectFolder;

/// How often it is tried again when another command of git was in the way.
const TRIES: u32 = 6;
/// The first pause between two tries; each is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
/// A worktree whose rests have to go first is looked at again so often.
const STEPS: usize = 4;

impl Worktrees {
    /// Gives the worktree of a subject, and makes it when there is none: with a branch that begins at the
    /// [base](Self::with_base), or with the branch that an earlier one has left because of its commits.
    ///
    /// Whoever asks at the same time, in this process or in another one of the machine, gets the same.
    ///
    /// # Errors
    ///
    /// Why there is none. What somebody else has put in its place stays there.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the command of git that runs. What it has left is cleared away by the next call.
    pub async fn ensure(&self, subject: &Subject) -> Result<Worktree, WorktreeError> {
        let site = Site::find(self).await?;
        let folder = SubjectFolder::of(subject);
        let lock = site.lock(&folder.name).await?;
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match self.ensure_once(&site, &folder, &lock).await {
                Err(error) if error.may_pass() => tracing::debug!(%error, "git is asked once more"),
                ended => return ended,
            }
            tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
            pause *= 2;
        }
        self.ensure_once(&site, &folder, &lock).await
    }

    /// Gives the worktree of a subject, if there is one that can be used.
    ///
    /// # Errors
    ///
    /// When there is no git, no repository, or something else in its place.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    pub async fn find(&self, subject: &Subject) -> Result<Option<Worktree>, WorktreeError> {
        let site = Site::find(self).await?;
        let folder = SubjectFolder::of(subject);
        let path = site.root.join(&folder.name);
        let look = Look::at(&site, &path).await?;
        let Some(marker) = look.marker else { return Ok(None) };
        if marker.subject != folder.digest {
            return Err(WorktreeError::Occupied { path });
        }
        Ok(Some(Worktree { path, branch: marker.branch, base_commit: marker.base, is_new: false }))
    }

    async fn ensure_once(
        &self,
        site: &Site,
        folder: &SubjectFolder,
        lock: &Lock,
    ) -> Result<Worktree, WorktreeError> {
        let path = site.root.join(&folder.name);
        let branch = site.branch_of(&folder.name);
        let mut is_new = false;
        for _ in 0..STEPS {
            let look = Look::at(site, &path).await?;
            let found = Found {
                entry: look.entry.as_ref(),
                on_disk: look.on_disk(&path)?,
                marker: look.marker.as_ref(),
            };
            match next(found, folder, &branch) {
                Next::Use | Next::Adopt => {
                    let worktree = self.note(site, folder, &branch, &path, look.marker).await?;
                    return Ok(Worktree { is_new, ..worktree });
                }
                Next::Clear => site.clear(&folder.name, lock).await?,
                Next::Make => self.make(site, &branch, &path, lock).await?,
                Next::Write => {
                    let Some(admin) = &look.admin else { return Err(WorktreeError::Broken { path }) };
                    site.write_files(&path, admin, lock).await?;
                    is_new = true;
                }
                Next::Occupied => return Err(WorktreeError::Occupied { path }),
                Next::Broken => return Err(WorktreeError::Broken { path }),
            }
        }
        Err(WorktreeError::Occupied { path })
    }

    async fn make(&self, site: &Site, branch: &str, path: &Path, lock: &Lock) -> Result<(), WorktreeError> {
        if site.tip_of(branch).await?.is_none() {
            let base = self.base_of(site).await?;
            return site.add(path, branch, Some(&base), lock).await;
        }
        let elsewhere = site.list().await?.into_iter().find(|entry| entry.branch.as_deref() == Some(branch));
        if let Some(entry) = elsewhere {
            return Err(WorktreeError::BranchInUse { branch: branch.to_owned(), path: entry.path });
        }
        site.add(path, branch, None, lock).await
    }

    /// The commit that new branches begin at.
    async fn base_of(&self, site: &Site) -> Result<String, WorktreeError> {
        let base = self.base.as_deref().unwrap_or("HEAD");
        if let Some(commit) = site.commit_of(base).await? {
            return Ok(commit);
        }
        match &self.base {
            Some(base) if site.has_commits().await? => {
                Err(WorktreeError::BaseNotFound { base: base.clone() })
            }
            _ => Err(WorktreeError::NoCommits { path: site.repository().to_owned() }),
        }
    }

    /// Writes down that somebody asks for a worktree, and tells what is known of it.
    async fn note(
        &self,
        site: &Site,
        folder: &SubjectFolder,
        branch: &str,
        path: &Path,
        marker: Option<Marker>,
    ) -> Result<Worktree, WorktreeError> {
        let broken = || WorktreeError::Broken { path: path.to_owned() };
        let admin = admin_of(path, &site.common).ok_or_else(broken)?;
        let mut marker = match marker {
            Some(marker) => marker,
            None => {
                let base = self.began_at(site, branch).await?.ok_or_else(broken)?;
                Marker { subject: folder.digest.clone(), branch: branch.to_owned(), base, asked: 0 }
            }
        };
        marker.touch();
        marker.write(&admin).map_err(WorktreeError::disk(&admin))?;
        let Marker { branch, base, .. } = marker;
        Ok(Worktree { path: path.to_owned(), branch, base_commit: base, is_new: false })
    }

    /// Where a branch began: at what it has in common with the base, or, when that is gone, where it is.
    async fn began_at(&self, site: &Site, branch: &str) -> Result<Option<String>, WorktreeError> {
        let Some(tip) = site.tip_of(branch).await? else { return Ok(None) };
        let base = site.commit_of(self.base.as_deref().unwrap_or("HEAD")).await?;
        let Some(base) = base else { return Ok(Some(tip)) };
        Ok(Some(site.merge_base(&tip, &base).await?.unwrap_or(tip)))
    }
}
