//! The file that is rendered.

use bytes::Bytes;
use opencode_store::artifact::{ArtifactName, Digest};

/// A file of an agent that is to be rendered. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    name: ArtifactName,
    bytes: Bytes,
    /// Invariant: the digest of `bytes`, because stamps vouch for it.
    digest: Digest,
}

impl Source {
    /// Takes a file. It is not checked and not limited here.
    #[must_use]
    pub fn new(name: ArtifactName, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        Self { name, bytes, digest }
    }

    /// What it is called.
    #[must_use]
    pub const fn name(&self) -> &ArtifactName {
        &self.name
    }

    /// What is in it, as the agent wrote it.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What its bytes are known by.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}
