//! A folder with a sandbox for each subject or turn.

use std::io;
use std::path::{Path, PathBuf};

use opencode_store::session::Subject;
use opencode_store::turn::TurnId;

use super::root::Root;
use super::{Sandbox, SandboxError, SandboxOptions};
use crate::subject_folder::SubjectFolder;

/// A folder with a sandbox for each subject or turn, in folders that are made when they are asked for.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::sandbox::Sandboxes;
/// use opencode_store::session::Subject;
///
/// # let folder = tempfile::tempdir()?;
/// let sandboxes = Sandboxes::new(folder.path());
/// let subject = Subject::new("acme", "conversation/42")?;
/// let sandbox = sandboxes.of_subject(&subject)?;
/// // What the session gets as its directory.
/// let directory = sandbox.directory()?;
/// assert!(directory.contains("acme-conversation-42-"));
///
/// // When the conversation is deleted:
/// assert!(sandboxes.remove_subject(&subject)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sandboxes {
    folder: PathBuf,
    options: SandboxOptions,
}

impl Sandboxes {
    /// Sandboxes in a folder that is made when the first of them is. Nobody else should put anything there.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), options: SandboxOptions::default() }
    }

    /// Sets how they are opened.
    #[must_use]
    pub fn with_options(mut self, options: SandboxOptions) -> Self {
        self.options = options;
        self
    }

    /// The sandbox of a subject. It is the same for every turn of it, and in every process.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::create_with`].
    pub fn of_subject(&self, subject: &Subject) -> Result<Sandbox, SandboxError> {
        Sandbox::create_with(self.folder.join(SubjectFolder::of(subject).name), &self.options)
    }

    /// The sandbox of one turn, by the number that it has in its store.
    ///
    /// A session keeps its directory, so this is for subjects of one turn each.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::create_with`].
    pub fn of_turn(&self, turn: TurnId) -> Result<Sandbox, SandboxError> {
        Sandbox::create_with(self.folder.join(turn_folder(turn)), &self.options)
    }

    /// Deletes the sandbox of a subject with everything in it. `false` when there was none.
    ///
    /// Links are taken away, and what they lead to is not touched.
    ///
    /// # Errors
    ///
    /// [`Io`](SandboxError::Io); a part may be gone then.
    pub fn remove_subject(&self, subject: &Subject) -> Result<bool, SandboxError> {
        self.remove(&SubjectFolder::of(subject).name)
    }

    /// Deletes the sandbox of a turn with everything in it. `false` when there was none.
    ///
    /// # Errors
    ///
    /// As [`remove_subject`](Self::remove_subject).
    pub fn remove_turn(&self, turn: TurnId) -> Result<bool, SandboxError> {
        self.remove(&turn_folder(turn))
    }

    fn remove(&self, name: &str) -> Result<bool, SandboxError> {
        let path = self.folder.join(name);
        let root = match Root::open(&self.folder) {
            Ok(root) => root,
            Err(error) if error.is_not_there() => return Ok(false),
            Err(error) => return Err(error),
        };
        match root.folder.remove_dir_all(name) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(SandboxError::io("deleting", &path)(error)),
        }
    }

    /// Where they are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

fn turn_folder(turn: TurnId) -> String {
    format!("turn-{turn}")
}
