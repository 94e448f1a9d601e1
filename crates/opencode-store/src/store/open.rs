//! From a URL to a store.

use std::path::PathBuf;
use std::sync::Arc;

use super::{ArtifactPlace, Backend, Store, StoreOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::MemoryStore;

/// A database, and where its artifacts are unless that is set.
type Opened = (Arc<dyn Backend>, ArtifactPlace);

pub(super) async fn open(url: &str, options: StoreOptions) -> Result<Store> {
    let place = options.artifacts.clone();
    let (backend, beside) = if url == "memory:" {
        (Arc::new(MemoryStore::new()) as Arc<dyn Backend>, ArtifactPlace::Memory)
    } else if let Some(path) = sqlite_path(url)? {
        sqlite(path, options).await?
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        postgres(url, options).await?
    } else {
        // The URL may hold a password, so it is not repeated.
        let message = "not the URL of a store: it reads sqlite://path, postgres://user:password@host/database or memory:";
        return Err(Error::new(ErrorKind::InvalidConfig, message));
    };
    let place = if matches!(place, ArtifactPlace::Beside) { beside } else { place };
    let artifacts = place.open(Arc::clone(&backend) as _)?;
    Ok(Store { backend, artifacts })
}

/// The file that a URL names: `sqlite://relative` or `sqlite:///absolute`.
fn sqlite_path(url: &str) -> Result<Option<PathBuf>> {
    let Some(path) = url.strip_prefix("sqlite:") else { return Ok(None) };
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path == ":memory:" {
        let message = "the URL names no file: it reads sqlite://path, and memory: for a store in memory";
        return Err(Error::new(ErrorKind::InvalidConfig, message));
    }
    Ok(Some(PathBuf::from(path)))
}

#[cfg(feature = "sqlite")]
async fn sqlite(path: PathBuf, options: StoreOptions) -> Result<Opened> {
    let store = crate::sqlite::SqliteStore::open(&path, options.sqlite).await?;
    Ok((Arc::new(store), beside(path)))
}

#[cfg(all(feature = "sqlite", feature = "fs"))]
fn beside(path: PathBuf) -> ArtifactPlace {
    let mut folder = path.into_os_string();
    folder.push(".artifacts");
    ArtifactPlace::Folder(folder.into())
}

#[cfg(all(feature = "sqlite", not(feature = "fs")))]
fn beside(_: PathBuf) -> ArtifactPlace {
    ArtifactPlace::Nowhere
}

#[cfg(not(feature = "sqlite"))]
async fn sqlite(_: PathBuf, _: StoreOptions) -> Result<Opened> {
    Err(Error::new(ErrorKind::Unsupported, "a store on a SQLite file needs the feature `sqlite`"))
}

#[cfg(feature = "postgres")]
async fn postgres(url: &str, options: StoreOptions) -> Result<Opened> {
    let store = crate::postgres::PostgresStore::open(url, options.postgres).await?;
    Ok((Arc::new(store), ArtifactPlace::Nowhere))
}

#[cfg(not(feature = "postgres"))]
async fn postgres(_: &str, _: StoreOptions) -> Result<Opened> {
    Err(Error::new(ErrorKind::Unsupported, "a store on PostgreSQL needs the feature `postgres`"))
}
