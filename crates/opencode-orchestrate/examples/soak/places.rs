//! The files in which the bytes of artifacts are.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Result;

/// Every file below a folder; none when it is not there.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let entry = entry?;
            let into = if entry.file_type()?.is_dir() { &mut folders } else { &mut found };
            into.push(entry.path());
        }
    }
    Ok(found)
}

/// Makes every file below a folder older, as if somebody had waited.
pub(crate) fn age(folder: &Path, by: Duration) -> Result<()> {
    for path in files(folder)? {
        File::options().write(true).open(path)?.set_modified(SystemTime::now() - by)?;
    }
    Ok(())
}
