//! An artifact as it is stored, without its bytes.

use jiff::Timestamp;
use opencode_wire::model::Json;

use super::{ArtifactName, Digest};
use crate::turn::TurnId;

/// An artifact as it is stored, without its bytes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Artifact {
    /// The turn that produced it.
    pub turn: TurnId,
    /// What it is called, once in its turn.
    pub name: ArtifactName,
    /// What its bytes are, as far as they tell: `image/png`, `text/plain` and others.
    pub content_type: String,
    /// How many bytes.
    pub size: u64,
    /// What its bytes are known by.
    pub digest: Digest,
    /// What the host vouches for: an object that only the host writes. Bytes that take the place of others do not
    /// inherit it.
    pub trust: Option<Json>,
    /// How often it was replaced, from 1 on.
    pub revision: u64,
    /// When the name was first used.
    pub created_at: Timestamp,
    /// When the bytes or the trust were last replaced.
    pub updated_at: Timestamp,
}

impl Artifact {
    /// A new artifact as it begins. For those who implement the traits of this crate.
    #[must_use]
    pub fn new(artifact: &NewArtifact, revision: u64, created_at: Timestamp, updated_at: Timestamp) -> Self {
        Self {
            turn: artifact.turn,
            name: artifact.name.clone(),
            content_type: artifact.content_type.clone(),
            size: artifact.size,
            digest: artifact.digest,
            trust: artifact.trust.clone(),
            revision,
            created_at,
            updated_at,
        }
    }
}

/// An artifact whose bytes are in the object store and that is to get its name.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NewArtifact {
    /// The turn that produced it.
    pub turn: TurnId,
    /// What it is to be called.
    pub name: ArtifactName,
    /// What its bytes are.
    pub content_type: String,
    /// How many bytes.
    pub size: u64,
    /// What its bytes are known by.
    pub digest: Digest,
    /// The key of the object that holds them.
    pub object_key: String,
    /// What the host vouches for.
    pub trust: Option<Json>,
}

impl NewArtifact {
    /// An artifact that nobody vouches for.
    #[must_use]
    pub fn new(
        turn: TurnId,
        name: ArtifactName,
        content_type: impl Into<String>,
        size: u64,
        digest: Digest,
        object_key: impl Into<String>,
    ) -> Self {
        let (content_type, object_key) = (content_type.into(), object_key.into());
        Self { turn, name, content_type, size, digest, object_key, trust: None }
    }

    /// Sets what the host vouches for.
    #[must_use]
    pub fn with_trust(mut self, trust: Option<Json>) -> Self {
        self.trust = trust;
        self
    }
}

/// What has to be there under a name for it to be replaced or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Expect {
    /// Anything, or nothing: the last write wins.
    #[default]
    Any,
    /// Nothing.
    Absent,
    /// Bytes with this digest.
    Digest(Digest),
}

/// What naming an artifact did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PutEnd {
    /// The artifact as it is stored.
    pub artifact: Artifact,
    /// Whether anything changed. The same bytes with the same trust under the same name are stored once.
    pub changed: bool,
    /// The key of the object that holds the bytes. When it is not the one that was given, the bytes were there
    /// already, and the object that was given is to be deleted.
    pub object_key: String,
}

impl PutEnd {
    /// For those who implement the traits of this crate.
    #[must_use]
    pub fn new(artifact: Artifact, changed: bool, object_key: impl Into<String>) -> Self {
        Self { artifact, changed, object_key: object_key.into() }
    }
}

/// An object that holds bytes of artifacts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blob {
    /// What the bytes are known by.
    pub digest: Digest,
    /// The key of the object.
    pub object_key: String,
    /// How many bytes.
    pub size: u64,
}

impl Blob {
    /// For those who implement the traits of this crate.
    #[must_use]
    pub fn new(digest: Digest, object_key: impl Into<String>, size: u64) -> Self {
        Self { digest, object_key: object_key.into(), size }
    }
}
