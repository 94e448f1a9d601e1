//! Artifacts whose bytes are in an object store.
//!
//! An object under `blobs/` is found by whoever finds its key in the index, and by nobody else; its key is random, so
//! nobody ever writes over it. What is too large to be held is first put together under `incoming/`, because the
//! digest is known only at its end.

mod failure;
mod held;
mod key;
#[cfg(feature = "fs")]
mod local;
mod multipart;
mod naming;
mod receive;
#[cfg(feature = "s3")]
mod s3;
mod sweep;
mod unknown;

use std::fmt;
#[cfg(feature = "fs")]
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::{ObjectStore, ObjectStoreExt as _};

use self::failure::{Access, failure};
#[cfg(feature = "s3")]
pub use self::s3::S3Options;
use super::{
    Artifact, ArtifactIndex, ArtifactName, ArtifactReader, ArtifactStore, Blob, Expect, PutOptions, Stored,
    SweptObjects,
};
use crate::doctor::Diagnosis;
use crate::error::{Error, Result};
use crate::turn::TurnId;

/// How many bytes an artifact has at most, unless that is set.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Artifacts whose names are in a database and whose bytes are in an object store. Cheap to clone.
///
/// # Examples
///
/// ```no_run
/// # async fn example(store: opencode_store::Store, turn: opencode_store::turn::TurnId) -> opencode_store::Result<()> {
/// use opencode_store::artifact::{ArtifactStoreExt as _, ObjectArtifacts, PutOptions};
///
/// let artifacts = ObjectArtifacts::local(store.artifact_index(), "/var/lib/host/artifacts")?;
/// let name = "summary.md".parse()?;
/// artifacts.put_bytes(turn, &name, PutOptions::default(), "# Monads".into()).await?;
/// assert!(artifacts.read_bytes(turn, &name, 1024).await?.is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ObjectArtifacts {
    index: Arc<dyn ArtifactIndex>,
    objects: Arc<dyn ObjectStore>,
    max_bytes: u64,
    /// Where the objects are if they are files: interrupted writes leave some that are no objects.
    #[cfg(feature = "fs")]
    folder: Option<PathBuf>,
    /// Which part of the objects the next sweep begins with.
    cursor: Arc<AtomicUsize>,
}

impl ObjectArtifacts {
    /// Artifacts in an object store of the host's own.
    ///
    /// It has to create objects that are not there yet ([`object_store::PutMode::Create`]), to copy them, and to say
    /// when they were made. Nothing else may write below `blobs/` and `incoming/`.
    #[must_use]
    pub fn new(index: Arc<dyn ArtifactIndex>, objects: Arc<dyn ObjectStore>) -> Self {
        Self {
            index,
            objects,
            max_bytes: MAX_BYTES,
            #[cfg(feature = "fs")]
            folder: None,
            cursor: Arc::new(AtomicUsize::new(sweep::anywhere())),
        }
    }

    /// Artifacts in memory, which end with the process.
    #[must_use]
    pub fn in_memory(index: Arc<dyn ArtifactIndex>) -> Self {
        Self::new(index, Arc::new(object_store::memory::InMemory::new()))
    }

    /// Artifacts in a folder, which is made if it is missing. Processes of one machine may share it.
    ///
    /// Bytes are on the disk before they get a name: files and folders are synchronised. The file system must be able
    /// to link files.
    ///
    /// # Errors
    ///
    /// [`ReadOnly`](crate::ErrorKind::ReadOnly) and [`Full`](crate::ErrorKind::Full) when the folder cannot be made;
    /// [`InvalidConfig`](crate::ErrorKind::InvalidConfig) when it is something else than a folder.
    #[cfg(feature = "fs")]
    pub fn local(index: Arc<dyn ArtifactIndex>, folder: impl AsRef<Path>) -> Result<Self> {
        let (objects, folder) = local::open(folder.as_ref())?;
        Ok(Self { folder: Some(folder), ..Self::new(index, Arc::new(objects)) })
    }

    /// Artifacts in a bucket of S3, or of what speaks its protocol. Nothing is asked of it yet.
    ///
    /// Uploads that end with their process leave parts that only the bucket itself can find: give it a rule that
    /// aborts incomplete multipart uploads after some days.
    ///
    /// # Errors
    ///
    /// [`InvalidConfig`](crate::ErrorKind::InvalidConfig) when the options cannot be used.
    #[cfg(feature = "s3")]
    pub fn s3(index: Arc<dyn ArtifactIndex>, options: &S3Options) -> Result<Self> {
        Ok(Self::new(index, options.object_store()?))
    }

    /// Sets how many bytes an artifact has at most; 512 MiB unless set. S3 copies no more than 5 GiB at once.
    #[must_use]
    pub const fn with_max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// Opens the object of an artifact, `None` if it is not there.
    async fn stream(&self, artifact: &Artifact, blob: &Blob) -> Result<Option<ArtifactReader>> {
        let object = match self.objects.get(&key::path(&blob.object_key)?).await {
            Ok(object) => object,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failure(Access::Read, error)),
        };
        if object.meta.size != artifact.size {
            let message = format!("the artifact has {} bytes instead of {}", object.meta.size, artifact.size);
            return Err(Error::corrupt(message));
        }
        let bytes = object.into_stream().map_err(|error| failure(Access::Read, error)).boxed();
        Ok(Some(ArtifactReader::new(artifact.clone(), bytes)))
    }
}

#[async_trait]
impl ArtifactStore for ObjectArtifacts {
    async fn put(
        &self,
        turn: TurnId,
        name: &ArtifactName,
        options: PutOptions,
        bytes: BoxStream<'static, std::io::Result<Bytes>>,
    ) -> Result<Stored> {
        self.receive_and_name(turn, name, options, bytes).await
    }

    async fn open(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<ArtifactReader>> {
        let mut missing = None;
        // A name that got other bytes in between leads to an object that a sweep may have deleted: it is asked again.
        while let Some((artifact, blob)) = self.index.artifact(turn, name).await? {
            if missing.as_ref() == Some(&blob) {
                return Err(Error::corrupt("the bytes of the artifact are gone").with_turn(turn));
            }
            if let Some(reader) = self.stream(&artifact, &blob).await? {
                return Ok(Some(reader));
            }
            missing = Some(blob);
        }
        Ok(None)
    }

    async fn artifact(&self, turn: TurnId, name: &ArtifactName) -> Result<Option<Artifact>> {
        Ok(self.index.artifact(turn, name).await?.map(|(artifact, _)| artifact))
    }

    async fn artifacts(&self, turn: TurnId) -> Result<Vec<Artifact>> {
        self.index.artifacts(turn).await
    }

    async fn remove(&self, turn: TurnId, name: &ArtifactName, expect: Expect) -> Result<bool> {
        self.index.remove_artifact(turn, name, expect).await
    }

    async fn sweep(&self, grace: Duration) -> Result<SweptObjects> {
        self.sweep_objects(grace).await
    }

    async fn diagnose(&self) -> Diagnosis {
        let mut diagnosis = Diagnosis::default();
        // What the time is there is learnt by storing something.
        match self.now().await {
            Ok(_) => diagnosis.fine(format!("artifacts can be stored in {}", self.objects)),
            Err(error) => {
                diagnosis.broken(format!("artifacts cannot be stored in {}: {error}", self.objects))
            }
        }
        diagnosis
    }
}

impl fmt::Debug for ObjectArtifacts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ObjectArtifacts")
            .field("index", &self.index)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}
