//! How an artifact is stored, and what came of it.

use opencode_wire::model::Json;

use super::{Artifact, Expect};

/// How an artifact is stored. By default it replaces what is there, and nobody vouches for it.
///
/// # Examples
///
/// ```
/// use opencode_store::artifact::{Expect, PutOptions};
///
/// let options = PutOptions::default().with_expect(Expect::Absent).with_content_type("text/x-typst");
/// assert!(options.trust.is_none());
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PutOptions {
    /// What has to be there under the name.
    pub expect: Expect,
    /// What the host vouches for: an object. Only for bytes that the host itself made.
    pub trust: Option<Json>,
    /// What somebody says the bytes are. It counts where the bytes themselves tell nothing, and it never makes them
    /// safe to show inline.
    pub content_type: Option<String>,
}

impl PutOptions {
    /// Sets what has to be there under the name; [`Expect::Any`] unless set.
    #[must_use]
    pub fn with_expect(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }

    /// Sets what the host vouches for; nothing unless set.
    #[must_use]
    pub fn with_trust(mut self, trust: Option<Json>) -> Self {
        self.trust = trust;
        self
    }

    /// Sets what somebody says the bytes are, as `type/subtype`; nothing unless set.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }
}

/// An artifact that was stored.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Stored {
    /// The artifact as it is stored.
    pub artifact: Artifact,
    /// Whether anything changed: `false` when the same bytes with the same trust had the name already.
    pub changed: bool,
}

impl Stored {
    /// For those who implement the traits of this crate.
    #[must_use]
    pub const fn new(artifact: Artifact, changed: bool) -> Self {
        Self { artifact, changed }
    }
}
