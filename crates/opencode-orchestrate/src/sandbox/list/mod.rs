//! The files of a sandbox, and what is left out of them.

mod ignore;
mod options;
mod walk;

use jiff::Timestamp;
use opencode_store::artifact::ArtifactName;

pub use self::options::ListOptions;
use self::walk::Walk;
use super::root::Root;
use super::{Refused, SandboxError};

/// How many of those that are left out are named.
const MAX_SKIPPED: usize = 1000;

/// The files of a sandbox, and what is left out of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Listing {
    /// The files, by name: those of a folder together.
    pub files: Vec<FoundFile>,
    /// The first thousand that are left out, and why; what a folder that is left out has in it is not named.
    pub skipped: Vec<Refused>,
    /// How many more are left out.
    pub skipped_more: usize,
}

impl Listing {
    fn skip(&mut self, refused: Refused) {
        if self.skipped.len() < MAX_SKIPPED {
            self.skipped.push(refused);
        } else {
            self.skipped_more += 1;
        }
    }
}

/// A file of a sandbox as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundFile {
    /// What it is called below the root of the sandbox.
    pub name: ArtifactName,
    /// How many bytes it had.
    pub size: u64,
    /// When its bytes were last changed, as it says: whoever may write into a file may set this.
    pub modified_at: Timestamp,
}

pub(super) fn list(root: &Root, options: &ListOptions, max_file_bytes: u64) -> Result<Listing, SandboxError> {
    let mut walk = Walk::new(options, max_file_bytes);
    walk.folder(&root.folder, "", 0).map_err(SandboxError::io("reading", &root.path))?;
    Ok(walk.listing)
}
