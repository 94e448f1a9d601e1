//! A folder in which an agent works, and from which nothing but its files can be had.
//!
//! Everything that an agent leaves in its directory is hostile: links to files of the host, pipes that never answer,
//! files that grow while they are read, names that lead elsewhere. A [`Sandbox`] is a handle of that directory. What is
//! in it is reached through the handle, one folder after the other and never through a link, so that no name leads out
//! of it whatever is renamed meanwhile.
//!
//! All calls here block for as long as the disk takes: in async code call them by `tokio::task::spawn_blocking`, or use
//! [`MessageArtifacts`](crate::collect::MessageArtifacts) and [`UploadedFiles`](crate::upload::UploadedFiles), which do
//! so.

mod error;
mod facts;
mod file;
mod list;
mod name_of;
mod options;
mod parent;
mod pending;
mod point;
mod refusal;
mod remove;
mod root;
mod sandboxes;
mod stream;
mod sweep;
#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use opencode_store::artifact::ArtifactName;

pub use self::error::SandboxError;
pub(crate) use self::facts::Identity;
pub use self::file::SandboxFile;
pub use self::list::{FoundFile, ListOptions, Listing};
pub(crate) use self::name_of::name_of;
pub use self::options::SandboxOptions;
pub use self::pending::PendingFile;
pub use self::refusal::{Refusal, Refused};
use self::root::Root;
pub use self::sandboxes::Sandboxes;
pub use self::stream::SandboxStream;

/// A folder in which an agent works, opened once. Cheap to clone.
///
/// On systems that cannot promise that the file which was checked is the one that is read, there is no sandbox: today
/// that is every system but Unix.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::sandbox::{ListOptions, Refusal, Sandbox};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("conversation-42");
/// let sandbox = Sandbox::create(&path)?;
/// sandbox.write(&"notes/monads.md".parse()?, b"# Monads")?;
///
/// // Somebody is clever.
/// # #[cfg(unix)]
/// std::os::unix::fs::symlink("/etc/passwd", path.join("report.txt"))?;
///
/// let listing = sandbox.list(&ListOptions::default().recursive())?;
/// assert_eq!(listing.files[0].name.as_str(), "notes/monads.md");
/// # #[cfg(unix)]
/// assert_eq!(listing.skipped[0].to_string(), r#""report.txt" is left out: it is a link, or in a folder that is one"#);
///
/// let bytes = sandbox.file(&listing.files[0].name)?.read()?;
/// assert_eq!(&bytes[..], b"# Monads");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sandbox {
    root: Arc<Root>,
    options: SandboxOptions,
}

impl Sandbox {
    /// Opens a folder that is there.
    ///
    /// Links above it are followed: they are the host's. The folder itself must not be one.
    ///
    /// # Errors
    ///
    /// [`NotThere`](SandboxError::NotThere), [`NotAFolder`](SandboxError::NotAFolder), [`Link`](SandboxError::Link) and
    /// [`Replaced`](SandboxError::Replaced) for what is at the path; [`Unsupported`](SandboxError::Unsupported) except
    /// on Unix.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SandboxError> {
        Self::open_with(path, &SandboxOptions::default())
    }

    /// The same, with limits of the host's own.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`InWorktree`](SandboxError::InWorktree) where that was asked for.
    pub fn open_with(path: impl AsRef<Path>, options: &SandboxOptions) -> Result<Self, SandboxError> {
        let root = Root::open(path.as_ref())?;
        if options.outside_worktrees {
            root.verify_outside_worktrees()?;
        }
        Ok(Self { root: Arc::new(root), options: options.clone() })
    }

    /// Opens a folder, which is made if it is missing, with those above it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and when it cannot be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, SandboxError> {
        Self::create_with(path, &SandboxOptions::default())
    }

    /// The same, with limits of the host's own.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create) and [`open_with`](Self::open_with).
    pub fn create_with(path: impl AsRef<Path>, options: &SandboxOptions) -> Result<Self, SandboxError> {
        let path = path.as_ref();
        match std::fs::create_dir_all(path) {
            Ok(()) => {}
            // What is there instead is told when it is opened.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(SandboxError::io("making the folder", path)(error)),
        }
        Self::open_with(path, options)
    }

    /// Where it is: absolute, and without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root.path
    }

    /// How many bytes a file has at most that is read or written.
    #[must_use]
    pub const fn max_file_bytes(&self) -> u64 {
        self.options.max_file_bytes
    }

    /// What the server is told as its directory, after a look whether the folder is still the one that was opened, and
    /// still outside of every worktree if it was to be.
    ///
    /// The server resolves the path by itself, later: whoever may rename the folder may still make it another one.
    ///
    /// # Errors
    ///
    /// [`Replaced`](SandboxError::Replaced), [`InWorktree`](SandboxError::InWorktree) and
    /// [`NotText`](SandboxError::NotText).
    pub fn directory(&self) -> Result<String, SandboxError> {
        self.root.verify()?;
        if self.options.outside_worktrees {
            self.root.verify_outside_worktrees()?;
        }
        let text = self.path().to_str().map(str::to_owned);
        text.ok_or_else(|| SandboxError::NotText { path: self.path().to_owned() })
    }

    /// The files in it, and what is left out of them, by name.
    ///
    /// Nothing is opened but folders. A file may change before it is opened, and is looked at again then.
    ///
    /// # Errors
    ///
    /// When the folder itself cannot be read.
    pub fn list(&self, options: &ListOptions) -> Result<Listing, SandboxError> {
        list::list(&self.root, options, self.options.max_file_bytes)
    }

    /// Opens a file.
    ///
    /// # Errors
    ///
    /// Why it is not given out; [`NotThere`](Refusal::NotThere) when nothing has the name.
    pub fn file(&self, name: &ArtifactName) -> Result<SandboxFile, Refused> {
        SandboxFile::open(&self.root.folder, name, self.options.max_file_bytes)
    }

    /// Writes a file as a whole: whoever reads it sees all of the old bytes or all of the new ones. Folders are made as
    /// needed.
    ///
    /// # Errors
    ///
    /// As [`create_file`](Self::create_file) and [`PendingFile::commit`].
    pub fn write(&self, name: &ArtifactName, bytes: &[u8]) -> Result<(), SandboxError> {
        let mut file = self.create_file(name)?;
        file.write_all(bytes).map_err(|error| file.failure(error))?;
        file.commit()
    }

    /// Begins a file that is written piece by piece, and gets its name when it is whole. Folders are made as needed.
    ///
    /// # Errors
    ///
    /// [`Refused`](SandboxError::Refused) when a folder above it is a link or something else, and
    /// [`Io`](SandboxError::Io).
    pub fn create_file(&self, name: &ArtifactName) -> Result<PendingFile, SandboxError> {
        PendingFile::begin(self, name)
    }

    /// Takes away a file or a link, but not what it leads to. `false` when nothing has the name.
    ///
    /// # Errors
    ///
    /// [`Folder`](Refusal::Folder), [`Link`](Refusal::Link) for a folder above it, and [`Io`](Refusal::Io).
    pub fn remove(&self, name: &ArtifactName) -> Result<bool, Refused> {
        remove::remove(&self.root.folder, name, None)
    }

    /// Takes away this one file, whatever else may have its name by now.
    pub(crate) fn remove_only(&self, name: &ArtifactName, file: Identity) -> Result<bool, Refused> {
        remove::remove(&self.root.folder, name, Some(file))
    }

    /// Takes away what writers that died have left in the folder itself, and tells how many files that was: temporary
    /// ones into which nothing was written for an hour. Those that cannot be taken away stay.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn sweep(&self) -> Result<usize, SandboxError> {
        sweep::sweep(&self.root)
    }

    /// That the folder which was opened is still the one at its path.
    pub(crate) fn verify(&self) -> Result<(), SandboxError> {
        self.root.verify()
    }

    /// The name of a file in here, by the path that an agent or a server says: an absolute one below this folder, also as
    /// it was given when it was opened, or one relative to it. `None` for what is elsewhere, and for what cannot be a name.
    ///
    /// Nothing is looked at: the name may lead to anything or nothing.
    #[must_use]
    pub fn name_of(&self, path: &str) -> Option<ArtifactName> {
        name_of(self.path(), path).or_else(|| name_of(&self.root.given, path))
    }
}
