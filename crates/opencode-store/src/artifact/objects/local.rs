//! A folder as an object store.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use object_store::local::LocalFileSystem;

use super::failure::{Access, failure, file_failure};
use crate::artifact::SweptObjects;
use crate::error::{Error, ErrorKind, Result};

/// Opens a folder, which is made if it is missing.
pub(super) fn open(folder: &Path) -> Result<(LocalFileSystem, PathBuf)> {
    if let Err(error) = fs::create_dir_all(folder) {
        if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory) {
            let message = "the place of the artifacts' bytes is something else than a folder";
            return Err(Error::new(ErrorKind::InvalidConfig, message).with_source(error));
        }
        return Err(file_failure(error));
    }
    let folder = folder.canonicalize().map_err(file_failure)?;
    // Without it a crash of the machine leaves names whose bytes were never written.
    let objects = LocalFileSystem::new_with_prefix(&folder)
        .map_err(|error| failure(Access::Read, error))?
        .with_fsync(true);
    Ok((objects, folder))
}

/// Deletes files of writes that were interrupted by the end of their process, and have not grown since `until` (Unix
/// milliseconds). They are no objects yet, so no listing has them.
pub(super) async fn sweep_interrupted(place: PathBuf, until: i64, swept: &mut SweptObjects) -> Result<()> {
    let Ok(until) = u64::try_from(until) else { return Ok(()) };
    let until = UNIX_EPOCH + Duration::from_millis(until);
    let files = tokio::task::spawn_blocking(move || delete_interrupted(&place, until)).await;
    let deleted = files.map_err(io::Error::other).and_then(|deleted| deleted).map_err(file_failure)?;
    swept.deleted += deleted.deleted;
    swept.bytes += deleted.bytes;
    swept.kept_young += deleted.kept_young;
    Ok(())
}

fn delete_interrupted(place: &Path, until: SystemTime) -> io::Result<SweptObjects> {
    let mut swept = SweptObjects::default();
    let entries = match fs::read_dir(place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(swept),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        // A writer that ends in between takes its file away.
        let Some(metadata) = is_interrupted(&entry).then(|| entry.metadata().ok()).flatten() else {
            continue;
        };
        if metadata.modified()? > until {
            swept.kept_young += 1;
        } else if fs::remove_file(entry.path()).is_ok() {
            swept.deleted += 1;
            swept.bytes += metadata.len();
        }
    }
    Ok(swept)
}

/// Whether it is how `object_store` names a file until it is whole: its key, `#` and a number.
fn is_interrupted(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let number = name.to_str().and_then(|name| name.rsplit_once('#')).map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
