//! A record that somebody has left, in the hands of one reader at a time.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::record::Record;

/// A record that was found. While this is there, nobody else clears up after it.
#[derive(Debug)]
pub(super) struct Found {
    path: PathBuf,
    file: File,
}

impl Found {
    /// Takes it, unless somebody else has, or it is gone by now.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, or belongs to another user, who could name any process of ours in it.
    pub(super) fn take(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(is_taken(&file)?.then(|| Self { path: path.to_owned(), file }))
    }

    /// # Errors
    ///
    /// When it is not understood.
    pub(super) fn read(&mut self) -> io::Result<Record> {
        let mut text = String::new();
        self.file.read_to_string(&mut text)?;
        Ok(serde_json::from_str(&text)?)
    }

    pub(super) fn remove(self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the record of a server cannot be removed");
        }
    }
}

#[cfg(unix)]
fn is_taken(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;

    use rustix::fs::{FlockOperation, flock};

    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    let metadata = file.metadata()?;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    // Whoever had it before may have removed it.
    Ok(metadata.nlink() > 0)
}

/// The job that a server runs in ends it, and nothing is left to be fought over.
#[cfg(not(unix))]
fn is_taken(_file: &File) -> io::Result<bool> {
    Ok(true)
}
