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

/// How many of those that are left out are named, of each kind.
const MAX_NAMED: usize = 1000;

/// The files of a sandbox, and what is left out of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Listing {
    /// The files, by name: those of a folder together.
    pub files: Vec<FoundFile>,
    /// The first thousand that cannot be given out, or are beyond a limit, and why.
    pub skipped: Vec<Refused>,
    /// How many more of them there are.
    pub skipped_more: usize,
    /// The first thousand that were not asked for: hidden, ignored and older ones, and folders that were not looked
    /// into. What is in a folder of these is not named.
    pub passed_over: Vec<Refused>,
    /// How many more of them there are.
    pub passed_over_more: usize,
}

impl Listing {
    fn skip(&mut self, refused: Refused) {
        let (named, more) = if refused.why.is_by_choice() {
            (&mut self.passed_over, &mut self.passed_over_more)
        } else {
            (&mut self.skipped, &mut self.skipped_more)
        };
        if named.len() < MAX_NAMED {
            named.push(refused);
        } else {
            *more += 1;
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
