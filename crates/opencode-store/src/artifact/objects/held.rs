//! Bytes that were received and have no key yet.

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode};

use super::failure::{Access, failure};
use super::key;
use crate::error::{Error, ErrorKind, Result};

/// Bytes that were received and have no key yet.
#[derive(Debug)]
pub(super) enum Held {
    /// All of them, in memory.
    Memory(Bytes),
    /// An object under `incoming/`.
    Object(Path),
}

impl Held {
    /// Makes an object of them.
    ///
    /// An object that is there already holds the same bytes: no key is ever made for others. It is there when a server
    /// did what it was asked for and its answer was lost.
    pub(super) async fn place(&self, objects: &dyn ObjectStore, object_key: &str) -> Result<()> {
        let to = key::path(object_key)?;
        let placed = match self {
            Self::Memory(bytes) => {
                objects.put_opts(&to, bytes.clone().into(), PutMode::Create.into()).await.map(|_| ())
            }
            Self::Object(from) => objects.copy(from, &to).await,
        };
        match (placed, self) {
            (Ok(()) | Err(object_store::Error::AlreadyExists { .. }), _) => Ok(()),
            (Err(error @ object_store::Error::NotFound { .. }), Self::Object(_)) => {
                let message = "the upload was swept before it was named: it took longer than the grace";
                Err(Error::new(ErrorKind::Unavailable, message).with_source(error))
            }
            (Err(error), _) => Err(failure(Access::Write, error)),
        }
    }

    /// Deletes what is not needed any more. What cannot be deleted now is swept later.
    pub(super) async fn discard(self, objects: &dyn ObjectStore) {
        if let Self::Object(path) = self {
            delete_quietly(objects, &path).await;
        }
    }
}

/// Deletes an object that nobody knows. What cannot be deleted now is swept later.
pub(super) async fn delete_quietly(objects: &dyn ObjectStore, path: &Path) {
    if let Err(error) = objects.delete(path).await {
        tracing::debug!(%error, "an object that is not needed was not deleted");
    }
}
