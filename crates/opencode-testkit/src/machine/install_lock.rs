//! One fetch at a time, across processes.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

/// Held while a version is being fetched; released on drop, and by the operating system when the
/// holder dies.
pub(crate) struct InstallLock {
    _file: File,
}

impl InstallLock {
    /// Waits until nobody else holds the lock file at `path`.
    ///
    /// Asks again every 100 ms instead of blocking a thread, so that a dropped future is really
    /// gone.
    /// `on_wait` is called once, if there is anything to wait for.
    pub(crate) async fn take(path: &Path, on_wait: impl FnOnce()) -> io::Result<Self> {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        let mut on_wait = Some(on_wait);
        while !try_lock(&file) {
            if let Some(on_wait) = on_wait.take() {
                on_wait();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(Self { _file: file })
    }
}

/// False only where somebody else holds the lock.
///
/// A file system that knows no locks counts as locked by us: the rename at the end of a fetch is
/// safe without, it only may be done twice.
#[cfg(unix)]
fn try_lock(file: &File) -> bool {
    use rustix::fs::{FlockOperation, flock};
    !matches!(flock(file, FlockOperation::NonBlockingLockExclusive), Err(rustix::io::Errno::WOULDBLOCK))
}

#[cfg(not(unix))]
fn try_lock(_file: &File) -> bool {
    true
}
