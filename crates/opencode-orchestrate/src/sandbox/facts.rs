//! What the operating system says about a file, and what that means.

use std::time::SystemTime;

use cap_fs_ext::MetadataExt as _;
use cap_std::fs::Metadata;

use super::Refusal;

/// What a file is known by as long as it is there: its device and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    device: u64,
    number: u64,
}

impl Identity {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), number: metadata.ino() }
    }

    /// That of what the operating system has at a path, which may be a link.
    #[cfg(unix)]
    pub(super) fn of_std(metadata: &std::fs::Metadata) -> Self {
        Self { device: metadata.dev(), number: metadata.ino() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Link,
    Special,
}

/// What the operating system says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    pub(super) identity: Identity,
    /// How many names it has.
    pub(super) names: u64,
    pub(super) size: u64,
    pub(super) modified: SystemTime,
    /// When its content, its name or its rights last changed. Nobody can set this back, and what is unpacked or copied
    /// with the time of its original has it all the same.
    pub(super) changed: SystemTime,
}

impl Facts {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let kind = match metadata.file_type() {
            kind if kind.is_file() => Kind::File,
            kind if kind.is_dir() => Kind::Folder,
            kind if kind.is_symlink() => Kind::Link,
            _ => Kind::Special,
        };
        let modified =
            metadata.modified().map_or(SystemTime::UNIX_EPOCH, cap_std::time::SystemTime::into_std);
        Self {
            kind,
            identity: Identity::of(metadata),
            names: metadata.nlink(),
            size: metadata.len(),
            modified,
            changed: changed(metadata).max(modified),
        }
    }

    /// Whether it is a file that has one name and no more bytes than these.
    pub(super) fn judge(&self, limit: u64) -> Result<(), Refusal> {
        match self.kind {
            Kind::File if self.names == 0 => Err(Refusal::Replaced),
            Kind::File if self.names > 1 => Err(Refusal::HardLink),
            Kind::File if self.size > limit => Err(Refusal::TooLarge { limit }),
            Kind::File => Ok(()),
            Kind::Folder => Err(Refusal::Folder),
            Kind::Link => Err(Refusal::Link),
            Kind::Special => Err(Refusal::Special),
        }
    }
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> SystemTime {
    use std::time::Duration;

    use cap_std::fs::MetadataExt as _;

    let seconds = u64::try_from(metadata.ctime()).unwrap_or_default();
    let nanoseconds = u64::try_from(metadata.ctime_nsec()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> SystemTime {
    SystemTime::UNIX_EPOCH
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            kind: Kind::File,
            identity: Identity { device: 1, number: 2 },
            names: 1,
            size: 10,
            modified: SystemTime::UNIX_EPOCH,
            changed: SystemTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_file_with_one_name_that_is_not_too_large_is_given_out() {
        assert_eq!(facts().judge(10), Ok(()));
        assert_eq!(facts().judge(9), Err(Refusal::TooLarge { limit: 9 }));
        assert_eq!(Facts { names: 2, ..facts() }.judge(10), Err(Refusal::HardLink));
        assert_eq!(Facts { names: 0, ..facts() }.judge(10), Err(Refusal::Replaced));
        assert_eq!(Facts { kind: Kind::Link, ..facts() }.judge(10), Err(Refusal::Link));
        assert_eq!(Facts { kind: Kind::Special, ..facts() }.judge(10), Err(Refusal::Special));
        // Folders have as many names as folders in them.
        assert_eq!(Facts { kind: Kind::Folder, names: 5, ..facts() }.judge(10), Err(Refusal::Folder));
    }
}
