//! What was collected, and what was left out.

use opencode_store::Error;
use opencode_store::artifact::Artifact;

use crate::exchange::DropReason;
use crate::sandbox::{Refusal, SandboxError};
use crate::transform::ApplyError;

/// How many of those that are left out are named.
const MAX_NAMED: usize = 1000;

/// What was collected, and what was left out.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Collected {
    /// What is stored now and was not before: files and what was rendered from them.
    pub stored: Vec<Artifact>,
    /// What was stored already, with the same bytes.
    pub unchanged: Vec<Artifact>,
    /// The first thousand that are left out, and why. What nobody asked for is not among them: hidden and ignored files,
    /// older ones, and uploads that are as they were.
    pub left_out: Vec<LeftOut>,
    /// How many more are left out.
    pub left_out_more: usize,
    /// Why the store could not be read or written. Files may be missing then: collecting once more stores them, and
    /// nothing twice.
    pub trouble: Option<Error>,
}

impl Collected {
    pub(crate) fn leave_out(&mut self, name: impl Into<String>, why: WhyLeftOut) {
        if self.left_out.len() < MAX_NAMED {
            self.left_out.push(LeftOut { name: name.into(), why });
        } else {
            self.left_out_more += 1;
        }
    }
}

/// Something that is left out, and why.
#[derive(Debug, thiserror::Error)]
#[error("{name:?} was not collected")]
#[non_exhaustive]
pub struct LeftOut {
    /// What it is called, below the root of the sandbox where there is one. These are the agent's words.
    pub name: String,
    /// Why.
    #[source]
    pub why: WhyLeftOut,
}

/// Why something is left out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WhyLeftOut {
    /// The sandbox does not give it out.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A tool has changed it, and what is in it is not known.
    #[error("{0}")]
    Dropped(DropReason),
    /// Its name belongs to what the host renders, or to what the host has stored and vouches for.
    #[error("its name belongs to the host")]
    Owned,
    /// It could not be rendered.
    #[error(transparent)]
    NotRendered(#[from] ApplyError),
    /// As many files as a turn may have are stored.
    #[error("the turn has {limit} files already")]
    TooManyFiles {
        /// How many it may have.
        limit: usize,
    },
    /// With it, the turn would have more bytes than it may.
    #[error("with it, the turn would have more than {limit} bytes of files")]
    TooManyBytes {
        /// How many it may have.
        limit: u64,
    },
    /// Others have replaced it in the sandbox or in the store, again and again.
    #[error("it was replaced by others again and again")]
    Contended,
    /// The store does not take it.
    #[error("the store does not take it")]
    Store(#[from] Error),
    /// The folder itself cannot be opened.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}
