//! A file that was uploaded.

use opencode_store::artifact::{ArtifactName, Digest};

/// A file that a person uploaded, as it is in the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadedFile {
    /// What it was called by the person. It may be anything: see [`prompt_text`](super::UploadedFiles::prompt_text) before
    /// it is put into a prompt.
    pub original: String,
    /// What it is called in the sandbox: one part that is not hidden, no option of a command and no device, with 200 bytes
    /// at most, and with nothing in it that looks like something else.
    pub name: ArtifactName,
    /// How many bytes it has.
    pub size: u64,
    /// What its bytes are, such as `text/markdown`: by the bytes first, then by the name, then by what the browser said.
    pub content_type: String,
    /// What its bytes are known by.
    pub digest: Digest,
}

impl UploadedFile {
    /// A file as it was uploaded before, for those who keep what is known of it.
    #[must_use]
    pub fn new(
        original: impl Into<String>,
        name: ArtifactName,
        size: u64,
        content_type: impl Into<String>,
        digest: Digest,
    ) -> Self {
        Self { original: original.into(), name, size, content_type: content_type.into(), digest }
    }
}
