//! What a database has to do for artifacts.

use std::time::Duration;

use async_trait::async_trait;

use super::{Artifact, ArtifactName, Blob, Digest, Expect, NewArtifact, PutEnd};
use crate::error::Result;
use crate::turn::TurnId;

/// What a database has to do for artifacts: their names, and which object holds which bytes.
///
/// The bytes themselves are in an object store. An object is written before it is known here, and is forgotten here
/// before it is deleted, so that a name never leads to bytes that are not there. An object's key is used for one
/// upload and never again: bytes that come back after they were swept get another one, and no late deletion can hit
/// them.
///
/// # Races
///
/// | interleaving | result |
/// |---|---|
/// | two `put_artifact` with [`Expect::Absent`] | one is stored, the other is a [`Conflict`](crate::ErrorKind::Conflict) |
/// | two uploads of the same bytes | both are named after the object that came first |
/// | `put_artifact` of bytes that are being swept | it gets an object of its own |
///
/// # Cancel safety
///
/// A call whose future is dropped was carried out whole or not at all.
#[async_trait]
pub trait ArtifactIndex: Send + Sync + std::fmt::Debug {
    /// The object that holds these bytes, unless it is being swept. It will not be swept within the grace of the next
    /// sweep.
    async fn blob(&self, digest: Digest) -> Result<Option<Blob>>;

    /// Names an artifact, if what is there is as expected.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when it is not, or when the object is being swept and no other holds the
    /// bytes; [`NotFound`](crate::ErrorKind::NotFound) when there is no such turn.
    async fn put_artifact(&self, artifact: &NewArtifact, expect: Expect) -> Result<PutEnd>;

    /// An artifact and the object that holds its bytes.
    async fn artifact(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<(Artifact, Blob)>>;

    /// The artifacts of a turn, by name.
    async fn artifacts(&self, turn: TurnId) -> Result<Vec<Artifact>>;

    /// Takes a name away, if what is there is as expected. `false` when there was nothing.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when something else is there.
    async fn remove_artifact(&self, turn: TurnId, name: &ArtifactName, expect: Expect) -> Result<bool>;

    /// Takes objects out of use that no artifact names, and that for so long nobody has asked for and no artifact has
    /// named, and gives them with those that were taken out of use earlier and not forgotten yet.
    async fn retire_blobs(&self, unused_for: Duration, limit: usize) -> Result<Vec<Blob>>;

    /// Forgets an object that is deleted.
    async fn forget_blob(&self, object_key: &str) -> Result<()>;

    /// Which of these objects are known here, in use or not. What is not was uploaded and never named.
    async fn known_objects(&self, object_keys: &[String]) -> Result<Vec<String>>;
}
