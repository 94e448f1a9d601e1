//! Taking away what writers that died have left.

use std::time::{Duration, SystemTime};

use super::SandboxError;
use super::facts::{Facts, Kind};
use super::pending::is_temporary;
use super::root::Root;

/// For how long nothing was written into what is left over.
const LEFT: Duration = Duration::from_secs(60 * 60);

/// How many names are looked at: an agent may have made more than anybody wants to wait for.
const MAX_ENTRIES: usize = 100_000;

/// Takes away old temporary files of the folder itself.
pub(super) fn sweep(root: &Root) -> Result<usize, SandboxError> {
    let entries = root.folder.entries().map_err(SandboxError::io("reading", &root.path))?;
    let now = SystemTime::now();
    let mut swept = 0;
    for entry in entries.take(MAX_ENTRIES) {
        let name = entry.map_err(SandboxError::io("reading", &root.path))?.file_name();
        let Some(name) = name.to_str().filter(|name| is_temporary(name)) else { continue };
        let Ok(found) = root.folder.symlink_metadata(name) else { continue };
        let found = Facts::of(&found);
        let is_left = now.duration_since(found.modified).is_ok_and(|age| age > LEFT);
        if found.kind == Kind::File && is_left && root.folder.remove_file(name).is_ok() {
            swept += 1;
        }
    }
    Ok(swept)
}
