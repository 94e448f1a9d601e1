//! One at a time makes or removes a worktree, in all processes of the machine.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::WorktreeError;

/// How often somebody who waits looks again.
const LOOK_EVERY: Duration = Duration::from_millis(15);

/// Held by one at a time. The operating system gives it back when its holder ends, however that ends, and with it the
/// commands that it has started.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// Waits for a lock, as long as the limit is.
    pub(super) async fn take(file: &Path, about: &Path, limit: Duration) -> Result<Self, WorktreeError> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(file) = try_lock(file).map_err(WorktreeError::disk(file))? {
                return Ok(Self(file));
            }
            if Instant::now() >= deadline {
                return Err(WorktreeError::Busy { path: about.to_owned(), after: limit });
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// The lock as what a command reads from: nothing, but it is held as long as the command has it open.
    pub(super) fn as_stdin(&self) -> io::Result<Stdio> {
        self.0.try_clone().map(Stdio::from)
    }
}

#[cfg(unix)]
fn try_lock(path: &Path) -> io::Result<Option<File>> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;

    let file = OpenOptions::new().create(true).truncate(false).write(true).read(true).open(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(windows)]
fn try_lock(path: &Path) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt as _;

    /// Somebody else has it open.
    const SHARING_VIOLATION: i32 = 32;
    match OpenOptions::new().create(true).truncate(false).write(true).read(true).share_mode(0).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(40);

    #[tokio::test]
    async fn a_lock_is_held_by_one_and_given_back_when_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lock");
        let held = Lock::take(&file, folder.path(), SHORT).await.unwrap();
        let error = Lock::take(&file, folder.path(), SHORT).await.unwrap_err();
        assert!(matches!(error, WorktreeError::Busy { .. }), "{error}");
        drop(held);
        Lock::take(&file, folder.path(), SHORT).await.unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_that_outlives_its_holder_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lock");
        let held = Lock::take(&file, folder.path(), SHORT).await.unwrap();
        let mut command = tokio::process::Command::new("sleep");
        command.arg("600").stdin(held.as_stdin().unwrap()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        drop((held, command));
        let error = Lock::take(&file, folder.path(), SHORT).await.unwrap_err();
        assert!(matches!(error, WorktreeError::Busy { .. }), "{error}");
        child.kill().await.unwrap();
        Lock::take(&file, folder.path(), SHORT).await.unwrap();
    }
}
