//! Servers that have outlived their owners: each is written down when it is started, and ended by whoever comes next.
//!
//! Nothing is ever looked for by its name. A record says which process was meant, by its number and by when it was
//! started, and [`fate`] says what becomes of it.

mod directory;
mod end;
mod entry;
mod fate;
mod found;
mod look;
mod record;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use tokio::process::Command;

pub(super) use self::entry::Entry;
use self::fate::{Fate, decide};
use self::found::Found;
use self::look::{look, place};
use self::record::{Format, Identity, Record};
use super::StartError;
use super::mark::Mark;

/// Whether a process runs under a number. One that has ended and was not asked about yet does not.
#[cfg(target_os = "linux")]
pub(super) fn runs(pid: u32) -> bool {
    look(pid).is_some()
}

/// What the name of a record ends with.
const RECORD: &str = "json";
/// What the name of one ends with that is being written.
const UNFINISHED: &str = "tmp";
/// Nobody writes for so long.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// The records of servers in a directory.
#[derive(Debug)]
pub(super) struct Orphans {
    directory: PathBuf,
}

impl Orphans {
    /// Opens a directory, or else the user's; `None` where there is none.
    ///
    /// # Errors
    ///
    /// When the one that was asked for cannot be made.
    pub(super) fn open(wanted: Option<&Path>) -> Result<Option<Self>, StartError> {
        if let Some(path) = wanted {
            return match directory::make(path) {
                Ok(()) => Ok(Some(Self { directory: path.to_owned() })),
                Err(source) => Err(StartError::Directory { path: path.to_owned(), source }),
            };
        }
        let Some(directory) = directory::of_the_user() else {
            tracing::warn!("servers are not written down: there is no directory for the user's state");
            return Ok(None);
        };
        match directory::make(&directory) {
            Ok(()) => Ok(Some(Self { directory })),
            Err(error) => {
                let path = directory.display();
                tracing::warn!(%error, %path, "servers are not written down: the directory cannot be made");
                Ok(None)
            }
        }
    }

    /// Writes down that a server is about to be started; `None` where that cannot be done.
    pub(super) fn enter(&self, mark: &Mark, command: &Command) -> Option<Entry> {
        let command = command.as_std();
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let entered = Identity::of(std::process::id()).and_then(|owner| {
            let record = Record {
                format: Format,
                mark: mark.as_str().to_owned(),
                place: place(),
                owner,
                server: None,
                command: words.map(|word| word.to_string_lossy().into_owned()).collect(),
            };
            Entry::write(&self.directory, record)
        });
        let path = self.directory.display();
        entered.inspect_err(|error| tracing::warn!(%error, %path, "a server cannot be written down")).ok()
    }

    /// Ends what has outlived its owner, and removes what was written down of it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the rest to whoever comes next.
    pub(super) async fn clear(&self) {
        let files = match fs::read_dir(&self.directory) {
            Ok(files) => files,
            Err(error) => return tracing::warn!(%error, "records of servers cannot be read"),
        };
        let paths = files.flatten().map(|file| file.path());
        let (records, others): (Vec<_>, Vec<_>) =
            paths.partition(|path| path.extension().is_some_and(|end| end == RECORD));
        for path in others.iter().filter(|path| is_debris(path)) {
            let _gone_already = fs::remove_file(path);
        }
        join_all(records.iter().map(|path| async move {
            if let Err(error) = clear(path).await {
                let path = path.display();
                tracing::warn!(%error, %path, "a record of a server is not understood, and is left alone");
            }
        }))
        .await;
    }
}

async fn clear(path: &Path) -> io::Result<()> {
    let Some(mut found) = Found::take(path)? else { return Ok(()) };
    let record = found.read()?;
    let mark = Mark::of(&record.mark).ok_or_else(|| io::Error::other("its mark is none"))?;
    let server = record.server.and_then(|server| look(server.pid));
    match decide(&record, &place(), look(record.owner.pid).as_ref(), server.as_ref()) {
        Fate::Leave => return Ok(()),
        Fate::Forget => {}
        Fate::Clear { leader } => {
            if let Some(leader) = leader {
                tracing::info!(pid = leader.pid, "a server has outlived its owner, and is ended");
                end::end(leader).await;
            }
            let ended = tokio::task::spawn_blocking(move || mark.end_all());
            ended.await.map_err(io::Error::other)?;
        }
    }
    found.remove();
    Ok(())
}

/// Whether a file is what a writer has left that died over it.
fn is_debris(path: &Path) -> bool {
    let age = || SystemTime::now().duration_since(fs::metadata(path).ok()?.modified().ok()?).ok();
    path.extension().is_some_and(|end| end == UNFINISHED) && age().is_some_and(|age| age > ABANDONED)
}
