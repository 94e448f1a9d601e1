//! The folder of a sandbox: opened once, and compared with its path whenever that matters.

use std::io;
use std::path::{Path, PathBuf};

use cap_fs_ext::DirExt as _;
use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::SandboxError;
use super::facts::Identity;
use super::point::{Point, reach};

/// The folder of a sandbox.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) folder: Dir,
    /// Absolute, and without links.
    pub(super) path: PathBuf,
    /// As it was given, and absolute: what a server says of a file may begin so.
    pub(super) given: PathBuf,
    identity: Identity,
}

impl Root {
    /// Opens a folder that is there.
    pub(super) fn open(path: &Path) -> Result<Self, SandboxError> {
        supported()?;
        let given = std::path::absolute(path).map_err(|error| at_root(error, path))?;
        let path = without_links_above(path)?;
        let found = std::fs::symlink_metadata(&path).map_err(|error| at_root(error, &path))?;
        if found.is_symlink() {
            return Err(SandboxError::Link { path });
        }
        if !found.is_dir() {
            return Err(SandboxError::NotAFolder { path });
        }
        reach(Point::RootLooked);
        let folder = open_folder(&path)?;
        let metadata = folder.dir_metadata().map_err(SandboxError::io("looking at the folder", &path))?;
        let root = Self { folder, identity: Identity::of(&metadata), path, given };
        reach(Point::RootOpened);
        // What is at the path may have become a link since, and what was opened another folder.
        root.verify()?;
        Ok(root)
    }

    /// Whether the folder that was opened is what is at the path.
    pub(super) fn verify(&self) -> Result<(), SandboxError> {
        let replaced = || SandboxError::Replaced { path: self.path.clone() };
        let found = std::fs::symlink_metadata(&self.path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => replaced(),
            _ => SandboxError::io("looking at the folder", &self.path)(error),
        })?;
        if found.is_dir() && is_same(&found, self.identity) { Ok(()) } else { Err(replaced()) }
    }

    /// That no folder above is a Git worktree. The folder itself may be one: then it is the agent who made it so, and
    /// what a server takes for its project is no more than the sandbox.
    pub(super) fn verify_outside_worktrees(&self) -> Result<(), SandboxError> {
        let worktree = self.path.ancestors().skip(1).find(|folder| {
            // A worktree has a folder of this name, or a file that says where that folder is.
            std::fs::symlink_metadata(folder.join(".git")).is_ok()
        });
        match worktree {
            Some(worktree) => {
                Err(SandboxError::InWorktree { path: self.path.clone(), worktree: worktree.to_owned() })
            }
            None => Ok(()),
        }
    }
}

/// The path with every link above its last name followed: those are the host's. The last name is what agents may have
/// replaced.
fn without_links_above(path: &Path) -> Result<PathBuf, SandboxError> {
    let resolve = |path: &Path| path.canonicalize().map_err(|error| at_root(error, path));
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return resolve(path) };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    Ok(resolve(parent)?.join(name))
}

/// Opens a folder whose path has no links above its last name, without following that.
fn open_folder(path: &Path) -> Result<Dir, SandboxError> {
    let opened = match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Dir::open_ambient_dir(parent, ambient_authority())
            .and_then(|parent| parent.open_dir_nofollow(name)),
        _ => Dir::open_ambient_dir(path, ambient_authority()),
    };
    opened.map_err(|error| match std::fs::symlink_metadata(path) {
        Ok(found) if !found.is_dir() => SandboxError::Replaced { path: path.to_owned() },
        _ => at_root(error, path),
    })
}

fn at_root(error: io::Error, path: &Path) -> SandboxError {
    match error.kind() {
        io::ErrorKind::NotFound => SandboxError::NotThere { path: path.to_owned() },
        io::ErrorKind::NotADirectory => SandboxError::NotAFolder { path: path.to_owned() },
        _ => SandboxError::io("opening the folder", path)(error),
    }
}

#[cfg(unix)]
fn is_same(found: &std::fs::Metadata, identity: Identity) -> bool {
    Identity::of_std(found) == identity
}

#[cfg(not(unix))]
fn is_same(_: &std::fs::Metadata, _: Identity) -> bool {
    false
}

/// Only where a file can be opened without following links, without waiting for whoever writes into a pipe, and told
/// from others by its number.
fn supported() -> Result<(), SandboxError> {
    #[cfg(test)]
    if super::tests::meddle::is_elsewhere() {
        return Err(SandboxError::Unsupported);
    }
    if cfg!(unix) { Ok(()) } else { Err(SandboxError::Unsupported) }
}
