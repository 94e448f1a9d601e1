//! What a place for artifacts has to do.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::stream::BoxStream;

use super::{Artifact, ArtifactName, ArtifactReader, Expect, PutOptions, Stored};
use crate::doctor::Diagnosis;
use crate::error::Result;
use crate::turn::TurnId;

/// A place for artifacts: bytes and names. Any number of processes may share one.
///
/// # Races
///
/// | interleaving | result |
/// |---|---|
/// | two `put` under one name | the last one to be named wins; with [`Expect::Absent`] the first, and the other is a [`Conflict`](crate::ErrorKind::Conflict) |
/// | two `put` of the same bytes | one object holds them; the other is deleted at once |
/// | `put` against `open` | the reader gets all of the old bytes or all of the new ones |
/// | `put` against `sweep` | the name leads to bytes that are there: the old object, or one of its own |
/// | `open` or a reader against `sweep` | bytes that have a name are there; a reader of bytes that lost theirs reads on, or its last item is [`Corrupt`](crate::ErrorKind::Corrupt) |
/// | two `sweep` | each object is deleted once; both may report it |
///
/// # Cancel safety
///
/// A call whose future is dropped has named everything or nothing. Bytes that it had uploaded and not named are
/// deleted by a later [`sweep`](Self::sweep).
#[async_trait]
pub trait ArtifactStore: Send + Sync + std::fmt::Debug {
    /// Stores bytes under a name, if what is there is as expected.
    ///
    /// The bytes are taken as they come, and not held as a whole.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](crate::ErrorKind::TooLarge) when there are more bytes than the store takes;
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when `bytes` fails, with its error as the source;
    /// [`Conflict`](crate::ErrorKind::Conflict) when something else is there than expected;
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such turn;
    /// [`Full`](crate::ErrorKind::Full), [`ReadOnly`](crate::ErrorKind::ReadOnly) and
    /// [`Unavailable`](crate::ErrorKind::Unavailable) as they say.
    /// After every one of them the name leads to what it led to before, except that after `Unavailable` it may lead to
    /// the new bytes already.
    async fn put(
        &self,
        turn: TurnId,
        name: &ArtifactName,
        options: PutOptions,
        bytes: BoxStream<'static, io::Result<Bytes>>,
    ) -> Result<Stored>;

    /// Opens an artifact for reading. `None` when nothing has the name.
    ///
    /// # Errors
    ///
    /// [`Corrupt`](crate::ErrorKind::Corrupt) when its bytes are gone or are not as many as were stored.
    async fn open(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<ArtifactReader>>;

    /// What is stored under a name, without its bytes.
    async fn artifact(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<Artifact>>;

    /// The artifacts of a turn, by name.
    async fn artifacts(&self, turn: TurnId) -> Result<Vec<Artifact>>;

    /// Takes a name away, if what is there is as expected. `false` when there was nothing. Bytes without a name are
    /// deleted by a later sweep.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when something else is there.
    async fn remove(&self, turn: TurnId, name: &ArtifactName, expect: Expect) -> Result<bool>;

    /// Deletes bytes that no name leads to and that nobody has stored for as long as the grace, and what uploads have
    /// left that never ended.
    ///
    /// The grace is a minute at least, because bytes that were just uploaded
    /// may be about to be named. One call does a limited amount of work, and says whether there is
    /// more.
    ///
    /// # Errors
    ///
    /// When the database or the place of the bytes cannot be reached; what was deleted until then stays deleted.
    async fn sweep(&self, grace: Duration) -> Result<SweptObjects>;

    /// Says in words whether bytes can be stored. By default nothing is looked at.
    async fn diagnose(&self) -> Diagnosis {
        Diagnosis::default()
    }
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SweptObjects {
    /// Objects that are gone now.
    pub deleted: usize,
    /// How many bytes they held.
    pub bytes: u64,
    /// Objects that no name leads to and that are younger than the grace.
    pub kept_young: usize,
    /// Objects that could not be deleted. A later sweep tries again.
    pub failed: usize,
    /// Whether there is more to look at: the next call goes on from there. It is `false` at the end of every round.
    pub more: bool,
}
