//! A file that may be collected.

use bytes::Bytes;
use opencode_store::artifact::ArtifactName;

/// A file that may be collected.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) name: ArtifactName,
    /// How many bytes it had.
    pub(super) size: u64,
    pub(super) content: Content,
}

/// Where the bytes of a file are.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// A tool has said them.
    Said(Bytes),
    /// In the sandbox, under the file's name.
    InSandbox,
}
