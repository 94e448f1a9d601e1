//! A file of a sandbox: opened once, checked, and read through the same descriptor.

use std::fs::File;
use std::io::{self, Read as _};

use bytes::Bytes;
use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, OpenOptions};
use jiff::Timestamp;
use opencode_store::artifact::ArtifactName;

use super::facts::Facts;
use super::parent::parent;
use super::point::{Point, reach};
use super::stream::SandboxStream;
use super::{Refusal, Refused};

/// A file of a sandbox that was opened and checked: a regular file with one name, not a link of either kind, with no more
/// bytes than allowed, and the same from the first look to the last byte.
///
/// It keeps its descriptor, so whatever takes its place afterwards is not what is read. Reading blocks for as long as
/// the disk takes, and never for a pipe or a socket.
#[derive(Debug)]
pub struct SandboxFile {
    name: ArtifactName,
    pub(super) file: File,
    facts: Facts,
    limit: u64,
}

impl SandboxFile {
    /// Opens a file by its name below the root.
    pub(super) fn open(root: &Dir, name: &ArtifactName, limit: u64) -> Result<Self, Refused> {
        let refused = |why| Refused::new(name.as_str(), why);
        let (folder, file_name) = parent(root, name).map_err(refused)?;
        let look = || folder.symlink_metadata(file_name).map_err(|error| Refusal::of(&error));
        let before = Facts::of(&look().map_err(refused)?);
        before.judge(limit).map_err(refused)?;
        reach(Point::Looked);
        let file = match folder.open_with(file_name, &reading()) {
            Ok(file) => file.into_std(),
            // A socket cannot be opened, and a link is not followed. What is there now tells which it is.
            Err(error) => {
                let now = Facts::of(&look().map_err(refused)?).judge(limit);
                return Err(refused(now.err().unwrap_or_else(|| Refusal::of(&error))));
            }
        };
        reach(Point::Opened);
        let opened = Self { name: name.clone(), facts: before, file, limit };
        let facts = opened.look()?;
        facts.judge(limit).map_err(refused)?;
        if facts.identity != before.identity {
            return Err(refused(Refusal::Replaced));
        }
        reach(Point::Checked);
        Ok(Self { facts, ..opened })
    }

    /// What it is called in the sandbox.
    #[must_use]
    pub const fn name(&self) -> &ArtifactName {
        &self.name
    }

    /// How many bytes it had when it was opened.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.facts.size
    }

    /// When its bytes were last changed, as it says: whoever may write into a file may set this.
    #[must_use]
    pub fn modified_at(&self) -> Timestamp {
        Timestamp::try_from(self.facts.modified).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Reads all of it.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](Refusal::TooLarge) when it has grown above the limit, [`Changed`](Refusal::Changed) when somebody
    /// wrote into it meanwhile, [`HardLink`](Refusal::HardLink) when it has got another name, and
    /// [`Io`](Refusal::Io) when it cannot be read.
    pub fn read(mut self) -> Result<Bytes, Refused> {
        let mut bytes =
            Vec::with_capacity(usize::try_from(self.facts.size).unwrap_or_default().saturating_add(1));
        let read = (&mut self.file).take(self.limit.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| self.refused(Refusal::of(&error)))?;
        self.check_read(bytes.len() as u64)?;
        Ok(bytes.into())
    }

    /// Its bytes as a stream, in pieces of 256 KiB at most, read on the threads that tokio has for blocking.
    ///
    /// What was read is trusted only when the stream has ended: a file that was written into meanwhile, or has grown
    /// above the limit, makes its last item an error, with a [`Refused`] inside.
    #[must_use]
    pub fn into_stream(self) -> SandboxStream {
        SandboxStream::new(self)
    }

    /// That so many bytes are all of it, and that it is the file that was checked.
    pub(super) fn check_read(&self, read: u64) -> Result<(), Refused> {
        reach(Point::Read);
        if read > self.limit {
            return Err(self.refused(Refusal::TooLarge { limit: self.limit }));
        }
        let now = self.look()?;
        now.judge(self.limit).map_err(|why| self.refused(why))?;
        if read != now.size || now.modified != self.facts.modified {
            return Err(self.refused(Refusal::Changed));
        }
        Ok(())
    }

    pub(super) const fn limit(&self) -> u64 {
        self.limit
    }

    pub(super) fn refused(&self, why: Refusal) -> Refused {
        Refused::new(self.name.as_str(), why)
    }

    fn look(&self) -> Result<Facts, Refused> {
        let metadata = cap_std::fs::Metadata::from_file(&self.file);
        Ok(Facts::of(&metadata.map_err(|error: io::Error| self.refused(Refusal::of(&error)))?))
    }
}

/// For reading, without following a link, and without waiting for whoever is at the other end of a pipe.
fn reading() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No).nonblock(true);
    options
}
