//! An artifact that the host has rendered.

use opencode_store::artifact::{Artifact, Digest, ServingHeaders, Show};

/// An artifact that the host has rendered, by the transform that is in use now. See
/// [`Transforms::trusted`](super::Transforms::trusted).
#[derive(Debug, Clone, Copy)]
pub struct Trusted<'a> {
    pub(super) artifact: &'a Artifact,
    pub(super) transform: &'a str,
    pub(super) version: u32,
    pub(super) source: Digest,
}

impl<'a> Trusted<'a> {
    /// The artifact.
    #[must_use]
    pub const fn artifact(&self) -> &'a Artifact {
        self.artifact
    }

    /// The name of the transform.
    #[must_use]
    pub const fn transform(&self) -> &'a str {
        self.transform
    }

    /// The version of the transform.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// What the bytes of the agent's file are known by that it was rendered from.
    #[must_use]
    pub const fn source(&self) -> Digest {
        self.source
    }

    /// All that a host sends with the bytes. With [`Show::Inline`] they are shown, also HTML and SVG; scripts do not run
    /// even so. See [`Artifact::rendered_headers`].
    pub fn headers(&self, show: Show) -> ServingHeaders {
        match show {
            Show::Inline => self.artifact.rendered_headers(),
            _ => self.artifact.headers(show),
        }
    }
}
