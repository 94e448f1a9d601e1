//! Deleting objects that the index does not know.

use futures_util::TryStreamExt as _;
use object_store::ObjectMeta;
use object_store::path::Path;

use super::ObjectArtifacts;
use super::failure::{Access, failure};
use crate::artifact::SweptObjects;
use crate::error::Result;

/// How many objects the index is asked for at once.
const KNOWN_AT_ONCE: usize = 500;

impl ObjectArtifacts {
    /// Deletes what is in one place, was written before `until` (Unix milliseconds), and is not known.
    pub(super) async fn sweep_place(&self, place: &Path, until: i64, swept: &mut SweptObjects) -> Result<()> {
        #[cfg(feature = "fs")]
        if let Some(folder) = &self.folder {
            super::local::sweep_interrupted(folder.join(place.as_ref()), until, swept).await?;
        }
        let mut objects = self.objects.list(Some(place)).try_chunks(KNOWN_AT_ONCE);
        loop {
            match objects.try_next().await {
                Ok(Some(objects)) => self.sweep_these(objects, until, swept).await?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.sweep_these(error.0, until, swept).await?;
                    return Err(failure(Access::Read, error.1));
                }
            }
        }
    }

    async fn sweep_these(
        &self,
        objects: Vec<ObjectMeta>,
        until: i64,
        swept: &mut SweptObjects,
    ) -> Result<()> {
        let keys: Vec<String> = objects.iter().map(|object| object.location.to_string()).collect();
        let known = self.index.known_objects(&keys).await?;
        for (object, _) in objects.iter().zip(&keys).filter(|(_, key)| !known.contains(key)) {
            if object.last_modified.timestamp_millis() > until {
                swept.kept_young += 1;
            } else {
                self.delete(&object.location, object.size, swept).await?;
            }
        }
        Ok(())
    }
}
