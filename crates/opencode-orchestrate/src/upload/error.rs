//! Why an upload is not in the sandbox.

use std::error::Error;

use crate::sandbox::SandboxError;

/// Why uploads are not in the sandbox, or cannot be given to a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// The host wants a name that is not safe everywhere.
    #[error("{name:?} cannot be the name of an upload: it has to be one that every system takes for a file")]
    BadName {
        /// The name.
        name: String,
    },
    /// The host wants one name for two files, or two that the file system takes for one.
    #[error("two uploads are to be called {name:?}")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// There are too many files.
    #[error("{file:?} is one file too many: no more than {limit} are taken at once")]
    TooMany {
        /// What the first one above the limit was called by the person.
        file: String,
        /// How many are taken.
        limit: usize,
    },
    /// A file is too large.
    #[error("{file:?} has more than {limit} bytes")]
    TooLarge {
        /// What it was called by the person.
        file: String,
        /// How many bytes a file may have.
        limit: u64,
    },
    /// The files together are too large.
    #[error("{file:?} and the files before it have more than {limit} bytes together")]
    TooLargeTogether {
        /// What the file at which that was seen was called by the person.
        file: String,
        /// How many bytes they may have together.
        limit: u64,
    },
    /// The bytes of a file did not come to their end.
    #[error("{file:?} broke off while it was uploaded")]
    BrokeOff {
        /// What it was called by the person.
        file: String,
        /// Why, as the host says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// No file of the set has the name.
    #[error("no upload is called {name:?}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// What has the name by now is not what was uploaded.
    #[error("{name:?} is not what was uploaded any more")]
    Changed {
        /// The name.
        name: String,
    },
    /// It is the sandbox that is the trouble.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The runtime ends, and does nothing more that blocks.
    #[error("the runtime stopped while an upload was written")]
    Stopped,
}
