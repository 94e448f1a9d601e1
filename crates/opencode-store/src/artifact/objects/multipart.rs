//! An upload in parts that leaves nothing behind when it does not end.

use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _};
use tokio::runtime::Handle;

use super::failure::{Access, failure};
use super::key;
use crate::error::{Error, Result};

/// An upload in parts. Dropping it aborts it on the runtime, as far as there is one.
#[derive(Debug)]
pub(super) struct Multipart {
    key: Path,
    /// Until it has ended.
    upload: Option<Box<dyn MultipartUpload>>,
}

impl Multipart {
    /// Begins an upload under a key of its own.
    pub(super) async fn begin(objects: &dyn ObjectStore) -> Result<Self> {
        let key = key::of_upload()?;
        let upload = objects.put_multipart(&key).await.map_err(|error| failure(Access::Write, error))?;
        Ok(Self { key, upload: Some(upload) })
    }

    /// Uploads the next part.
    ///
    /// All but the last are of one size, which some servers ask for.
    pub(super) async fn part(&mut self, bytes: Bytes) -> Result<()> {
        self.upload()?.put_part(bytes.into()).await.map_err(|error| failure(Access::Write, error))
    }

    /// Makes an object of the parts, and gives its key.
    pub(super) async fn complete(mut self) -> Result<Path> {
        match self.upload()?.complete().await {
            Ok(_) => {
                self.upload = None;
                Ok(self.key.clone())
            }
            Err(error) => {
                self.abort().await;
                Err(failure(Access::Write, error))
            }
        }
    }

    /// Deletes the parts, if that can be done.
    pub(super) async fn abort(mut self) {
        if let Some(upload) = self.upload.take() {
            abort(upload).await;
        }
    }

    fn upload(&mut self) -> Result<&mut Box<dyn MultipartUpload>> {
        self.upload.as_mut().ok_or_else(|| Error::invalid("the upload has ended"))
    }
}

impl Drop for Multipart {
    fn drop(&mut self) {
        if let Some(upload) = self.upload.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(abort(upload));
        }
    }
}

async fn abort(mut upload: Box<dyn MultipartUpload>) {
    if let Err(error) = upload.abort().await {
        tracing::debug!(%error, "an upload in parts was not aborted");
    }
}
