//! Artifacts that fit into memory.

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Artifact, ArtifactName, ArtifactStore, PutOptions, Stored};
use crate::error::{Error, ErrorKind, Result};
use crate::turn::TurnId;

/// What every [`ArtifactStore`] can do besides: artifacts that fit into memory.
#[async_trait]
pub trait ArtifactStoreExt: ArtifactStore {
    /// Stores bytes that are in memory already.
    ///
    /// # Errors
    ///
    /// Those of [`put`](ArtifactStore::put).
    async fn put_bytes(
        &self,
        turn: TurnId,
        name: &ArtifactName,
        options: PutOptions,
        bytes: Bytes,
    ) -> Result<Stored> {
        self.put(turn, name, options, stream::iter([Ok(bytes)]).boxed()).await
    }

    /// Reads a whole artifact, verified. `None` when nothing has the name.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](ErrorKind::TooLarge) when it has more bytes than `limit`, before any of them is read; and those of
    /// [`open`](ArtifactStore::open) and of reading.
    async fn read_bytes(
        &self,
        turn: TurnId,
        name: &ArtifactName,
        limit: u64,
    ) -> Result<Option<(Artifact, Bytes)>> {
        let Some(mut reader) = self.open(turn, name).await? else { return Ok(None) };
        let size = reader.artifact().size;
        if size > limit {
            let message = format!("the artifact has {size} bytes, and no more than {limit} were to be read");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let mut bytes = BytesMut::with_capacity(usize::try_from(size).unwrap_or_default());
        while let Some(chunk) = reader.try_next().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some((reader.artifact().clone(), bytes.freeze())))
    }
}

impl<T: ArtifactStore + ?Sized> ArtifactStoreExt for T {}
