//! Removing the worktrees that nobody needs any more.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::SystemTime;

use opencode_store::session::Subject;

use super::look::Look;
use super::remove::delete;
use super::site::Site;
use super::verdict::{Facts, Looked, Verdict, judge};
use super::{Why, WorktreeError, Worktrees};
use crate::subject_folder::{self, SubjectFolder};

/// What became of the folders where worktrees are.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reaped {
    /// What was removed.
    pub removed: Vec<PathBuf>,
    /// What was kept, and why.
    pub kept: Vec<(PathBuf, Why)>,
}

impl Worktrees {
    /// Removes the worktrees that were made here, that no session names that lives, that nobody has asked for
    /// [for a while](Self::with_orphaned_after), and with which nothing would be lost. Everything else is kept, whatever it is.
    ///
    /// The sessions that live may be read before: whoever asks for a worktree meanwhile makes it young again.
    ///
    /// # Errors
    ///
    /// When there is no git, no repository, or the folder of the worktrees cannot be read. What concerns one worktree is
    /// told as the reason for which it is kept.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves each worktree as it is, or removed.
    pub async fn reap(&self, live: &[Subject]) -> Result<Reaped, WorktreeError> {
        let site = Site::find(self).await?;
        let live: HashSet<String> = live.iter().map(|subject| SubjectFolder::of(subject).name).collect();
        site.empty_trash().await?;
        let mut reaped = Reaped::default();
        for folder in folders(&site)? {
            let path = site.root.join(&folder);
            match self.judge(&site, &folder, live.contains(&folder)).await {
                Ok(None) => reaped.removed.push(path),
                // Somebody else was faster.
                _ if !path.exists() => {}
                Ok(Some(why)) => reaped.kept.push((path, why)),
                Err(error) => reaped.kept.push((path, Why::Unknown(error))),
            }
        }
        Ok(reaped)
    }

    /// Removes one worktree, or says why not.
    async fn judge(&self, site: &Site, folder: &str, is_live: bool) -> Result<Option<Why>, WorktreeError> {
        if !subject_folder::is_ours(folder) {
            return Ok(Some(Why::NotOurs));
        }
        let (path, branch) = (site.root.join(folder), site.branch_of(folder));
        // From here on nobody gets it: what is found out holds until it is gone.
        let lock = site.lock(folder).await?;
        let look = Look::at(site, &path).await?;
        let mut looked = Looked::NotYet;
        loop {
            let facts = Facts {
                is_ours: look.is_ours(&branch),
                is_live,
                age: look.asked().and_then(|asked| SystemTime::now().duration_since(asked).ok()),
                looked,
            };
            match judge(facts, self.orphaned_after) {
                Verdict::Keep(why) => return Ok(Some(why)),
                Verdict::Look => {
                    looked = match look.risk(site, &path, &branch).await {
                        Ok(risk) => Looked::Found(risk),
                        Err(error) => Looked::Failed(error),
                    };
                }
                Verdict::Remove => break,
            }
        }
        let branch = look.marker.map_or(branch, |marker| marker.branch);
        let trash = site.discard(folder, Some(&branch), &lock).await?;
        drop(lock);
        delete(&trash).await;
        Ok(None)
    }
}

/// The folders where worktrees are, without what we keep there ourselves.
fn folders(site: &Site) -> Result<Vec<String>, WorktreeError> {
    let entries = std::fs::read_dir(&site.root).map_err(WorktreeError::disk(&site.root))?;
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry.map_err(WorktreeError::disk(&site.root))?;
        // A link to a folder is not one.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_folder && !name.starts_with('.') {
            folders.push(name);
        }
    }
    folders.sort();
    Ok(folders)
}
