//! Deleting bytes that no name leads to.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::Ordering;
use std::time::Duration;

use object_store::{ObjectStoreExt as _, PutMode};

use super::failure::{Access, failure};
use super::held::delete_quietly;
use super::naming::NAMING;
use super::{ObjectArtifacts, key};
use crate::artifact::SweptObjects;
use crate::error::{ErrorKind, Result};

/// How many objects that were in use one sweep deletes.
const RETIRE_AT_ONCE: usize = 256;

/// How many parts of the objects one sweep looks through. There are 256, by the first byte of the digest.
const PARTS_AT_ONCE: usize = 64;

impl ObjectArtifacts {
    /// One sweep. See [`ArtifactStore::sweep`](crate::artifact::ArtifactStore::sweep).
    ///
    /// A sweep that is dropped, or dies, between deleting an object and forgetting it is repeated: an object that is
    /// gone is as good as deleted.
    pub(super) async fn sweep_objects(&self, grace: Duration) -> Result<SweptObjects> {
        let grace = grace.max(NAMING);
        let mut swept = SweptObjects::default();
        self.sweep_retired(grace, &mut swept).await?;
        self.sweep_unknown(grace, &mut swept).await?;
        Ok(swept)
    }

    /// Deletes objects that were named once and are not any more.
    async fn sweep_retired(&self, grace: Duration, swept: &mut SweptObjects) -> Result<()> {
        let retired = self.index.retire_blobs(grace, RETIRE_AT_ONCE).await?;
        swept.more |= retired.len() >= RETIRE_AT_ONCE;
        for blob in retired {
            if self.delete(&key::path(&blob.object_key)?, blob.size, swept).await? {
                self.index.forget_blob(&blob.object_key).await?;
            }
        }
        Ok(())
    }

    /// Deletes objects that were never named, in some of the places where they may be.
    async fn sweep_unknown(&self, grace: Duration, swept: &mut SweptObjects) -> Result<()> {
        let now = self.now().await?;
        let grace = i64::try_from(grace.as_millis()).unwrap_or(i64::MAX);
        let until = now.saturating_sub(grace);
        let blobs = key::path(key::BLOBS)?;
        let found = self
            .objects
            .list_with_delimiter(Some(&blobs))
            .await
            .map_err(|error| failure(Access::Read, error))?;
        let mut places = found.common_prefixes;
        places.sort();
        self.sweep_place(&key::path(key::INCOMING)?, until, swept).await?;
        let at = self.cursor.load(Ordering::Relaxed);
        let from = if places.len() <= PARTS_AT_ONCE || at >= places.len() { 0 } else { at };
        let to = places.len().min(from + PARTS_AT_ONCE);
        for place in &places[from..to] {
            self.sweep_place(place, until, swept).await?;
        }
        let is_round = to == places.len();
        // Two sweeps at once look through the same places, and the next ones go on.
        self.cursor.store(if is_round { 0 } else { to }, Ordering::Relaxed);
        swept.more |= !is_round;
        Ok(())
    }

    /// Deletes an object, and says whether it is gone.
    pub(super) async fn delete(
        &self,
        path: &object_store::path::Path,
        size: u64,
        swept: &mut SweptObjects,
    ) -> Result<bool> {
        match self.objects.delete(path).await {
            Ok(()) => {}
            Err(object_store::Error::NotFound { .. }) => return Ok(true),
            Err(error) => {
                let error = failure(Access::Write, error);
                if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::InvalidConfig) {
                    return Err(error);
                }
                // One object that cannot be deleted must not keep the others from it.
                swept.failed += 1;
                return Ok(false);
            }
        }
        swept.deleted += 1;
        swept.bytes += size;
        Ok(true)
    }

    /// The time of day where the objects are, in milliseconds: that of this machine may be another.
    pub(super) async fn now(&self) -> Result<i64> {
        let path = key::of_upload()?;
        let written = self.objects.put_opts(&path, Vec::new().into(), PutMode::Create.into()).await;
        written.map_err(|error| failure(Access::Write, error))?;
        let found = self.objects.head(&path).await;
        delete_quietly(self.objects.as_ref(), &path).await;
        Ok(found.map_err(|error| failure(Access::Read, error))?.last_modified.timestamp_millis())
    }
}

/// Where the first sweep of a process begins: processes that live for a short time look everywhere all the same.
pub(super) fn anywhere() -> usize {
    let random = RandomState::new().build_hasher().finish();
    usize::from(random.to_le_bytes()[0])
}
