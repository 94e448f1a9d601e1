//! What a person uploads for an agent: files in its sandbox, and what the prompt says about them.
//!
//! Names and bytes come from outside, and the folder belongs to an agent. So names are made safe, bytes are limited
//! while they arrive, and a file gets its name only when all of its set have arrived. What is in its place is replaced,
//! and never followed.
//!
//! Bytes pass through in pieces, which threads for blocking write: everything here is called in a tokio runtime.
//!
//! # Examples
//!
//! ```
//! use opencode_orchestrate::sandbox::Sandbox;
//! use opencode_orchestrate::upload::{Upload, UploadLimits, UploadedFiles};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path();
//! let sandbox = Sandbox::open(path)?;
//! let uploads = [
//!     Upload::from_bytes(r"C:\Users\me\notes.md", "# Monads"),
//!     Upload::from_bytes("Notes.md", "# Functors"),
//! ];
//! let files = UploadedFiles::store(&sandbox, uploads, &UploadLimits::default()).await?;
//!
//! let prompt = files.prompt_text("What do my notes have in common?");
//! assert_eq!(
//!     prompt,
//!     r#"What do my notes have in common?
//!
//! 2 files were uploaded with this message. Read each of them thoroughly. Each line says what a file was called, and what it is called in the working directory:
//! "C:\\Users\\me\\notes.md" -> "notes.md" (text/markdown, 8 bytes)
//! "Notes.md" -> "Notes-2.md" (text/markdown, 10 bytes)"#,
//! );
//! assert_eq!(std::fs::read(path.join("Notes-2.md"))?, b"# Functors");
//! # Ok(())
//! # }
//! ```

mod commit;
mod echo;
mod error;
mod file;
mod incoming;
mod limits;
mod names;
mod off_thread;
mod part;
mod pending;
mod prompt;
mod receive;
#[cfg(test)]
mod tests;

use opencode_store::artifact::{ArtifactName, Digest};

pub use self::error::UploadError;
pub use self::file::UploadedFile;
pub use self::incoming::Upload;
pub use self::limits::UploadLimits;
pub use self::pending::PendingUploads;
use crate::sandbox::Sandbox;

/// Files that a person uploaded, as they are in an agent's sandbox; those of one message, in its order.
///
/// Whoever keeps what is known of them, beside the message, makes the same again by [`collect`](Iterator::collect).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UploadedFiles {
    files: Vec<UploadedFile>,
}

impl UploadedFiles {
    /// Stores uploads in a sandbox: all of them, or none.
    ///
    /// Files get [names that are safe](UploadedFile::name), which depend on the uploads alone: the same uploads once more
    /// get the same names, and replace what has them. Without uploads nothing is written.
    ///
    /// Uploads that come one after the other, such as those of a form, are given to [`PendingUploads`].
    ///
    /// # Errors
    ///
    /// What is wrong with an upload, with the limit that it is above, or with the sandbox. Nothing of any upload is in the
    /// sandbox then; only where the operating system, or an agent at the same moment, breaks off the last step, files of
    /// the set may have been replaced already.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, it leaves nothing behind, as after an error.
    pub async fn store<'a>(
        sandbox: &Sandbox,
        uploads: impl IntoIterator<Item = Upload<'a>> + Send,
        limits: &UploadLimits,
    ) -> Result<Self, UploadError> {
        let mut pending = PendingUploads::new(sandbox, limits);
        // One more than allowed is enough to know that there are too many, before any of them is taken.
        let uploads: Vec<_> = uploads.into_iter().take(limits.max_files.saturating_add(1)).collect();
        if let Some(more) = uploads.get(limits.max_files) {
            return Err(UploadError::TooMany { file: more.original.clone(), limit: limits.max_files });
        }
        for upload in uploads {
            if let Err(error) = pending.add(upload).await {
                pending.discard().await;
                return Err(error);
            }
        }
        pending.commit().await
    }

    /// The files, in the order in which they were uploaded.
    #[must_use]
    pub fn files(&self) -> &[UploadedFile] {
        &self.files
    }

    /// The file that has a name in the sandbox.
    #[must_use]
    pub fn file(&self, name: &ArtifactName) -> Option<&UploadedFile> {
        self.files.iter().find(|file| file.name == *name)
    }

    /// Whether bytes under a name are those of the person, and nothing that an agent has made: an upload that an agent has
    /// edited is its work.
    #[must_use]
    pub fn is_echo(&self, name: &ArtifactName, digest: &Digest) -> bool {
        self.file(name).is_some_and(|file| file.digest == *digest)
    }

    /// Whether nothing was uploaded.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// What an agent is asked: the text, and after it what was uploaded and how it is found. Without files it is the text
    /// itself.
    ///
    /// Names are quoted and escaped, so that none of them can look like anything else, and long ones are cut.
    #[must_use]
    pub fn prompt_text(&self, text: &str) -> String {
        prompt::text(text, &self.files)
    }
}

impl FromIterator<UploadedFile> for UploadedFiles {
    fn from_iter<I: IntoIterator<Item = UploadedFile>>(files: I) -> Self {
        Self { files: files.into_iter().collect() }
    }
}
