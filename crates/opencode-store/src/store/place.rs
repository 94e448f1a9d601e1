//! Where the bytes of artifacts are.

use std::fmt;
#[cfg(feature = "fs")]
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use object_store::ObjectStore;

use crate::artifact::{ArtifactIndex, ArtifactStore, ObjectArtifacts};
use crate::error::{Error, ErrorKind, Result};

/// Where the bytes of artifacts are.
///
/// # Examples
///
/// ```
/// use opencode_store::ArtifactPlace;
///
/// let folder: ArtifactPlace = "file:///var/lib/host/artifacts".parse()?;
/// assert!("ftp://example.org".parse::<ArtifactPlace>().is_err());
/// # Ok::<(), opencode_store::Error>(())
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum ArtifactPlace {
    /// Beside the SQLite file, in a folder of the same name with `.artifacts` behind it; in the memory of a store that
    /// is in memory; nowhere for PostgreSQL.
    #[default]
    Beside,
    /// Nowhere: there is no [`Store::artifacts`](crate::Store::artifacts).
    Nowhere,
    /// In the memory of the process.
    Memory,
    /// In a local folder.
    #[cfg(feature = "fs")]
    Folder(PathBuf),
    /// In a bucket of S3, or of what speaks its protocol.
    #[cfg(feature = "s3")]
    S3(Box<crate::artifact::S3Options>),
    /// In an object store of the host's own.
    Objects(Arc<dyn ObjectStore>),
}

impl ArtifactPlace {
    /// The artifacts there, if it is anywhere.
    pub(super) fn open(&self, index: Arc<dyn ArtifactIndex>) -> Result<Option<Arc<dyn ArtifactStore>>> {
        let artifacts = match self {
            Self::Beside | Self::Nowhere => return Ok(None),
            Self::Memory => ObjectArtifacts::in_memory(index),
            #[cfg(feature = "fs")]
            Self::Folder(folder) => ObjectArtifacts::local(index, folder)?,
            #[cfg(feature = "s3")]
            Self::S3(options) => ObjectArtifacts::s3(index, options)?,
            Self::Objects(objects) => ObjectArtifacts::new(index, Arc::clone(objects)),
        };
        Ok(Some(Arc::new(artifacts)))
    }
}

impl FromStr for ArtifactPlace {
    type Err = Error;

    /// Reads `file:///folder`, `s3://bucket/prefix`, `memory:` or `nowhere:`. Whoever asks a bucket is taken from the
    /// environment then, by the names that Amazon's own tools use.
    fn from_str(url: &str) -> Result<Self> {
        match url {
            "memory:" => return Ok(Self::Memory),
            "nowhere:" => return Ok(Self::Nowhere),
            _ => {}
        }
        if let Some(folder) = url.strip_prefix("file://") {
            return folder_at(folder);
        }
        if url.starts_with("s3://") {
            return bucket_at(url);
        }
        let message =
            "not a place for artifacts: it reads file:///folder, s3://bucket/prefix, memory: or nowhere:";
        Err(Error::new(ErrorKind::InvalidConfig, message))
    }
}

#[cfg(feature = "fs")]
fn folder_at(folder: &str) -> Result<ArtifactPlace> {
    if folder.is_empty() {
        return Err(Error::new(ErrorKind::InvalidConfig, "the place for artifacts names no folder"));
    }
    Ok(ArtifactPlace::Folder(folder.into()))
}

#[cfg(not(feature = "fs"))]
fn folder_at(_: &str) -> Result<ArtifactPlace> {
    Err(Error::new(ErrorKind::Unsupported, "artifacts in a folder need the feature `fs`"))
}

#[cfg(feature = "s3")]
fn bucket_at(url: &str) -> Result<ArtifactPlace> {
    Ok(ArtifactPlace::S3(Box::new(crate::artifact::S3Options::new(url)?.with_environment()?)))
}

#[cfg(not(feature = "s3"))]
fn bucket_at(_: &str) -> Result<ArtifactPlace> {
    Err(Error::new(ErrorKind::Unsupported, "artifacts in a bucket need the feature `s3`"))
}

impl fmt::Debug for ArtifactPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Beside => formatter.write_str("Beside"),
            Self::Nowhere => formatter.write_str("Nowhere"),
            Self::Memory => formatter.write_str("Memory"),
            #[cfg(feature = "fs")]
            Self::Folder(folder) => formatter.debug_tuple("Folder").field(folder).finish(),
            #[cfg(feature = "s3")]
            Self::S3(_) => formatter.write_str("S3"),
            Self::Objects(_) => formatter.write_str("Objects"),
        }
    }
}
