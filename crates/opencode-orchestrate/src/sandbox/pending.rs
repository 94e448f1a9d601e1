//! A file that gets its name when it is whole.

use std::fs::File;
use std::io::{self, Write};

use cap_fs_ext::OpenOptionsMaybeDirExt as _;
use cap_std::fs::{Dir, OpenOptions};
use opencode_store::artifact::ArtifactName;

use super::facts::{Facts, Identity, Kind};
use super::parent::{parent, parent_or_new};
use super::point::{Point, reach};
use super::{Refusal, Refused, Sandbox, SandboxError};

/// What temporary files begin with: a listing leaves out what begins with a dot.
const PREFIX: &str = ".opencode-write-";
/// What they end with.
const SUFFIX: &str = ".tmp";

/// A file that is being written, and gets its name by [`commit`](Self::commit). Dropped without, it leaves nothing behind.
///
/// It takes no more bytes than files of its sandbox may have: writing more fails with a [`Refused`] inside.
#[derive(Debug)]
pub struct PendingFile {
    sandbox: Sandbox,
    name: ArtifactName,
    folder: Dir,
    file_name: String,
    /// What it is called until then; nothing once it has its name.
    temporary: Option<String>,
    file: File,
    written: u64,
}

impl PendingFile {
    pub(super) fn begin(sandbox: &Sandbox, name: &ArtifactName) -> Result<Self, SandboxError> {
        let refused = |why| Refused::new(name.as_str(), why);
        let (folder, file_name) = parent_or_new(&sandbox.root.folder, name).map_err(refused)?;
        let (temporary, file) = make(&folder).map_err(SandboxError::io("writing", sandbox.path()))?;
        reach(Point::Made);
        Ok(Self {
            sandbox: sandbox.clone(),
            name: name.clone(),
            file_name: file_name.to_owned(),
            folder,
            temporary: Some(temporary),
            file,
            written: 0,
        })
    }

    /// How many bytes it has by now.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// Gives it its name, in place of what has it. The bytes are on the disk then.
    ///
    /// A file that had the name gives it its rights; else they are what the process gives new files. A link that had the
    /// name is replaced, and what it leads to is not touched.
    ///
    /// # Errors
    ///
    /// [`Replaced`](SandboxError::Replaced) when the folder of the sandbox is not at its path any more: then the file is
    /// nowhere. [`Refused`](SandboxError::Refused) when a folder has the name, or when somebody put something else in
    /// the place of the temporary file. [`Io`](SandboxError::Io).
    pub fn commit(mut self) -> Result<(), SandboxError> {
        self.take_over_rights().map_err(|error| self.failure(error))?;
        self.file.sync_all().map_err(|error| self.failure(error))?;
        reach(Point::Written);
        let Some(temporary) = self.temporary.clone() else { return Ok(()) };
        self.folder
            .rename(&temporary, &self.folder, &self.file_name)
            .map_err(|error| self.not_renamed(error))?;
        self.temporary = None;
        reach(Point::Renamed);
        let checked = self.check_renamed().and_then(|()| self.sandbox.root.verify());
        if let Err(error) = checked {
            // It would be where nobody looks for it.
            if self.in_its_place() == self.identity().ok() {
                let _gone = self.folder.remove_file(&self.file_name);
            }
            return Err(error);
        }
        sync(&self.folder).map_err(|error| self.failure(error))
    }

    /// What it is known by, whatever it is called.
    pub(crate) fn identity(&self) -> io::Result<Identity> {
        Ok(Identity::of(&cap_std::fs::Metadata::from_file(&self.file)?))
    }

    /// Has it get another name in the same folder.
    pub(crate) fn set_name(&mut self, name: &ArtifactName) {
        self.name = name.clone();
        name.file_name().clone_into(&mut self.file_name);
    }

    /// What has the name that it is to get, if anything has it.
    pub(crate) fn in_its_place(&self) -> Option<Identity> {
        self.folder.symlink_metadata(&self.file_name).ok().map(|found| Identity::of(&found))
    }

    /// That nothing has the name that could not be replaced.
    pub(crate) fn check_place(&self) -> Result<(), Refused> {
        let found = self.folder.symlink_metadata(&self.file_name).map(|found| Facts::of(&found).kind);
        if matches!(found, Ok(Kind::Folder)) { Err(self.refused(Refusal::Folder)) } else { Ok(()) }
    }

    #[cfg(unix)]
    fn take_over_rights(&self) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;

        use cap_std::fs::MetadataExt as _;

        match self.folder.symlink_metadata(&self.file_name) {
            Ok(found) if Facts::of(&found).kind == Kind::File => {
                self.file.set_permissions(std::fs::Permissions::from_mode(found.mode() & 0o777))
            }
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    #[cfg(not(unix))]
    fn take_over_rights(&self) -> io::Result<()> {
        Ok(())
    }

    /// That it is this file that is found by its name now, from the root on, and that it has no other.
    fn check_renamed(&self) -> Result<(), SandboxError> {
        let found = parent(&self.sandbox.root.folder, &self.name).and_then(|(folder, file_name)| {
            folder.symlink_metadata(file_name).map_err(|error| Refusal::of(&error))
        });
        let found = match found {
            Ok(found) => Facts::of(&found),
            Err(Refusal::NotThere) => return Err(self.refused(Refusal::Replaced).into()),
            Err(why) => return Err(self.refused(why).into()),
        };
        let ours = self.identity().map_err(|error| self.failure(error))?;
        if found.identity != ours {
            return Err(self.refused(Refusal::Replaced).into());
        }
        if found.names > 1 {
            return Err(self.refused(Refusal::HardLink).into());
        }
        Ok(())
    }

    /// Systems say different things of a name that a folder has, and of one that is gone.
    fn not_renamed(&self, error: io::Error) -> SandboxError {
        let kind = self.folder.symlink_metadata(&self.file_name).map(|found| Facts::of(&found).kind);
        if matches!(kind, Ok(Kind::Folder)) {
            return self.refused(Refusal::Folder).into();
        }
        match error.kind() {
            // Somebody took the temporary file away, or put a folder there.
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => self.refused(Refusal::Replaced).into(),
            _ => self.failure(error),
        }
    }

    pub(crate) fn failure(&self, error: io::Error) -> SandboxError {
        if let Some(refused) = Refused::behind(&error) {
            return refused.clone().into();
        }
        SandboxError::io("writing", self.sandbox.path())(error)
    }

    fn refused(&self, why: Refusal) -> Refused {
        Refused::new(self.name.as_str(), why)
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let limit = self.sandbox.max_file_bytes();
        if self.written.saturating_add(bytes.len() as u64) > limit {
            return Err(self.refused(Refusal::TooLarge { limit }).into());
        }
        let count = self.file.write(bytes)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _gone = self.folder.remove_file(temporary);
        }
    }
}

/// Whether a temporary file may be called so.
pub(super) fn is_temporary(name: &str) -> bool {
    let digits = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Makes a file that nobody has made, with the rights that new files get.
fn make(folder: &Dir) -> io::Result<(String, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    loop {
        let name = format!("{PREFIX}{:016x}{SUFFIX}", fastrand::u64(..));
        match folder.open_with(&name, &options) {
            Ok(file) => return Ok((name, file.into_std())),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// A handle of a folder may be one that only names are looked up by, so it is opened for this.
fn sync(folder: &Dir) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).maybe_dir(true);
    match folder.open_with(".", &options)?.sync_all() {
        // Some file systems have nothing to synchronise there.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        synced => synced,
    }
}
