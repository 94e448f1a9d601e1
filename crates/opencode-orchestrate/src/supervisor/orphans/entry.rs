//! The record of a server of ours: written before it is started, and removed when it has ended.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::record::{Identity, Record};
use super::{RECORD, UNFINISHED};

/// The record of a server of ours.
#[derive(Debug)]
pub(in super::super) struct Entry {
    path: PathBuf,
    record: Record,
}

impl Entry {
    /// Writes a record down.
    pub(super) fn write(directory: &Path, record: Record) -> io::Result<Self> {
        let entry = Self { path: directory.join(format!("{}.{RECORD}", record.mark)), record };
        entry.save()?;
        Ok(entry)
    }

    /// Adds which process the server is.
    pub(in super::super) fn started(&mut self, pid: u32) {
        let saved = Identity::of(pid).and_then(|identity| {
            self.record.server = Some(identity);
            self.save()
        });
        if let Err(error) = saved {
            tracing::warn!(%error, pid, "it cannot be written down which process a server is");
        }
    }

    /// Removes it: nothing of the server is left.
    pub(in super::super) fn remove(&self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the record of a server cannot be removed");
        }
    }

    /// Whoever reads it meanwhile sees the old one or the new one, whole.
    fn save(&self) -> io::Result<()> {
        let unfinished = self.path.with_extension(UNFINISHED);
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&unfinished)?.write_all(&serde_json::to_vec(&self.record)?)?;
        fs::rename(unfinished, &self.path)
    }
}
