//! Storing an artifact: bytes first, then the name.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_core::stream::BoxStream;
use object_store::ObjectStoreExt as _;

use super::ObjectArtifacts;
use super::failure::{Access, failure};
use super::held::{Held, delete_quietly};
use super::key;
use super::receive::{Received, receive};
use crate::artifact::content_type::check_hint;
use crate::artifact::{ArtifactName, Blob, Expect, NewArtifact, PutOptions, Stored};
use crate::error::{ErrorKind, Result};
use crate::turn::TurnId;

/// How long bytes are safe from every sweep after they were uploaded or asked for: they may be about to be named.
pub(super) const NAMING: Duration = Duration::from_secs(60);

impl ObjectArtifacts {
    /// Stores an artifact. See [`ArtifactStore::put`](crate::artifact::ArtifactStore::put).
    pub(super) async fn receive_and_name(
        &self,
        turn: TurnId,
        name: &ArtifactName,
        options: PutOptions,
        bytes: BoxStream<'static, std::io::Result<Bytes>>,
    ) -> Result<Stored> {
        let hint = options.content_type.as_deref().map(check_hint).transpose()?;
        let Received { held, digest, size, sniffer } =
            receive(self.objects.as_ref(), bytes, self.max_bytes).await?;
        let content_type = sniffer.content_type(name, hint.as_deref());
        let new = NewArtifact::new(turn, name.clone(), content_type, size, digest, String::new())
            .with_trust(options.trust);
        let stored = self.name(new, options.expect, &held).await;
        held.discard(self.objects.as_ref()).await;
        stored
    }

    /// Names bytes, after the object that holds them already or after one of their own.
    async fn name(&self, mut new: NewArtifact, expect: Expect, held: &Held) -> Result<Stored> {
        if let Some(blob) = self.index.blob(new.digest).await? {
            self.restore(&blob.object_key, held).await?;
            new.object_key.clone_from(&blob.object_key);
            match self.index.put_artifact(&new, expect).await {
                Ok(end) => {
                    // If a sweep has taken the object out of use, deleted and forgotten it in between, the index takes
                    // its key for a new one.
                    self.restore(&end.object_key, held).await?;
                    return Ok(Stored::new(end.artifact, end.changed));
                }
                // A sweep took the object out of use since it was asked for, so these bytes get one of their own.
                Err(error) if error.kind() == ErrorKind::Conflict && !self.is_used(&blob).await? => {}
                Err(error) => return Err(error),
            }
        }
        new.object_key = key::of_blob(new.digest)?;
        self.name_anew(&new, expect, held).await
    }

    /// Names bytes after an object of their own, unless somebody else was faster.
    async fn name_anew(&self, new: &NewArtifact, expect: Expect, held: &Held) -> Result<Stored> {
        let began = SystemTime::now();
        held.place(self.objects.as_ref(), &new.object_key).await?;
        let end = match self.index.put_artifact(new, expect).await {
            Ok(end) => end,
            Err(error) => {
                // After a lost connection nobody knows whether the name is there, so the bytes have to stay.
                if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound | ErrorKind::InvalidInput)
                {
                    delete_quietly(self.objects.as_ref(), &key::path(&new.object_key)?).await;
                }
                return Err(error);
            }
        };
        if end.object_key != new.object_key {
            self.restore(&end.object_key, held).await?;
            delete_quietly(self.objects.as_ref(), &key::path(&new.object_key)?).await;
        } else if began.elapsed().map_or(true, |elapsed| elapsed > NAMING / 2) {
            // It took so long, or the machine slept, that a sweep may have taken the object for a leftover.
            self.restore(&new.object_key, held).await?;
        }
        Ok(Stored::new(end.artifact, end.changed))
    }

    /// Makes sure that an object is there which the index says to be: somebody may have deleted it by hand.
    async fn restore(&self, object_key: &str, held: &Held) -> Result<()> {
        match self.objects.head(&key::path(object_key)?).await {
            Ok(_) => Ok(()),
            Err(object_store::Error::NotFound { .. }) => {
                tracing::warn!("an object that the index knows was gone and is stored again");
                held.place(self.objects.as_ref(), object_key).await
            }
            Err(error) => Err(failure(Access::Read, error)),
        }
    }

    /// Whether an object is still what these bytes are found by.
    async fn is_used(&self, blob: &Blob) -> Result<bool> {
        Ok(self.index.blob(blob.digest).await?.as_ref() == Some(blob))
    }
}
