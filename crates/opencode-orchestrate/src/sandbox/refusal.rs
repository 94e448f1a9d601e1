//! Why a file of a sandbox is not given out.

use std::io;

/// Why a file of a sandbox is not given out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Nothing has the name, or nothing has it any more.
    #[error("it is not there")]
    NotThere,
    /// It is a symbolic link, or one of the folders above it is.
    #[error("it is a link, or in a folder that is one")]
    Link,
    /// It has another name besides, which may be anywhere on the disk.
    #[error("it is a hard link")]
    HardLink,
    /// It is a folder.
    #[error("it is a folder")]
    Folder,
    /// It is a pipe, a socket or a device.
    #[error("it is a pipe, a socket or a device")]
    Special,
    /// It has more bytes than were allowed.
    #[error("it has more than {limit} bytes")]
    TooLarge {
        /// How many were.
        limit: u64,
    },
    /// Something else took its place between two looks at it.
    #[error("something else took its place meanwhile")]
    Replaced,
    /// Somebody wrote into it while it was read.
    #[error("it changed while it was read")]
    Changed,
    /// It has a name that cannot be stored: longer than 512 bytes with its folders, not UTF-8, or with control
    /// characters or backslashes.
    #[error("its name cannot be used everywhere")]
    Name,
    /// Its name, or that of a folder above it, begins with a dot.
    #[error("it is hidden")]
    Hidden,
    /// One of the patterns of what is ignored takes it.
    #[error("it is ignored")]
    Ignored,
    /// It was not changed since the time that was asked for.
    #[error("it is older than what was asked for")]
    Old,
    /// It is in more folders than were looked through.
    #[error("it is more than {limit} folders deep")]
    TooDeep {
        /// How many were.
        limit: usize,
    },
    /// As many files as were allowed come before it.
    #[error("there are more than {limit} files")]
    TooMany {
        /// How many were.
        limit: usize,
    },
    /// There is more in the sandbox than was looked at; what comes after this was not seen.
    #[error("more than {limit} entries were not looked at")]
    Endless {
        /// How many were.
        limit: usize,
    },
    /// The operating system did not give it out.
    #[error("it cannot be read ({0})")]
    Io(io::ErrorKind),
}

impl Refusal {
    /// Whether another try may do: somebody was writing at the same moment.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Replaced | Self::Changed)
    }

    /// Whether it was the caller who did not ask for such files, and nothing is wrong with this one.
    #[must_use]
    pub const fn is_by_choice(&self) -> bool {
        matches!(self, Self::Folder | Self::Hidden | Self::Ignored | Self::Old)
    }

    /// What an error means of a call about one name. Which error a link gives differs between systems: it is looked for.
    pub(super) fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotThere,
            io::ErrorKind::IsADirectory => Self::Folder,
            io::ErrorKind::InvalidFilename => Self::Name,
            kind => Self::Io(kind),
        }
    }
}

/// A file that is not given out, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is left out: {why}")]
#[non_exhaustive]
pub struct Refused {
    /// What it is called in the sandbox, as far as it can be written.
    pub name: String,
    /// Why.
    pub why: Refusal,
}

impl Refused {
    pub(crate) fn new(name: impl Into<String>, why: Refusal) -> Self {
        Self { name: name.into(), why }
    }

    /// The one that is behind an error, if one is.
    pub(crate) fn behind<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(refused) = error.downcast_ref::<Self>() {
                return Some(refused);
            }
            let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            next = inner.map(|inner| inner as &(dyn std::error::Error + 'static)).or_else(|| error.source());
        }
        None
    }
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        Self::other(refused)
    }
}
