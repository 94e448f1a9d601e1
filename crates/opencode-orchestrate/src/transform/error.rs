//! What goes wrong with transforms.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use opencode_store::artifact::ArtifactName;

/// Why a transform could not render a file. The host's words: they must not repeat what the file says.
#[derive(Debug)]
pub struct TransformError {
    /// Lower-case, no full stop.
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl TransformError {
    /// Says what is wrong.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for TransformError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for TransformError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Why transforms cannot be used together.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransformsError {
    /// A name is no name.
    #[error("no transform can be called {name:?}: use 1 to 64 of `a` to `z`, `0` to `9` and `-`")]
    InvalidName {
        /// The name.
        name: String,
    },
    /// Two have one name.
    #[error("there are two transforms called `{name}`")]
    SameName {
        /// The name.
        name: String,
    },
    /// Two render to one name, or to two that look alike.
    #[error("the transforms `{one}` and `{other}` both render to `{destination}`")]
    SameDestination {
        /// One of them.
        one: String,
        /// The other.
        other: String,
        /// Where the other renders to.
        destination: ArtifactName,
    },
    /// What one renders to is what one renders from, or looks like it, so that an agent has to write it.
    #[error("the transform `{one}` renders to `{destination}`, which `{other}` renders from")]
    DestinationIsSource {
        /// Whose destination it is.
        one: String,
        /// Whose source it is; that may be the same.
        other: String,
        /// What they share.
        destination: ArtifactName,
    },
}

/// Why nothing was rendered and stored. What was stored before is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// No transform applies to the file.
    #[error("no transform applies to {name:?}")]
    NotASource {
        /// The file.
        name: ArtifactName,
    },
    /// Something that the host has not rendered is under the destination, and the transform does not replace it. It
    /// was not called.
    #[error("{name:?} was not rendered by the host, and the transform `{transform}` does not replace it")]
    Taken {
        /// The transform.
        transform: String,
        /// The destination.
        name: ArtifactName,
    },
    /// The transform says that it cannot render the file.
    #[error("the transform `{transform}` cannot render the file")]
    Failed {
        /// The transform.
        transform: String,
        /// What it says.
        source: TransformError,
    },
    /// The transform has panicked.
    #[error("the transform `{transform}` panicked")]
    Panicked {
        /// The transform.
        transform: String,
    },
    /// The transform took too long.
    #[error("the transform `{transform}` did not end within {after:?}")]
    TimedOut {
        /// The transform.
        transform: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The result is too large.
    #[error("the transform `{transform}` rendered {bytes} bytes, and no more than {limit} are allowed")]
    TooLarge {
        /// The transform.
        transform: String,
        /// How many bytes it rendered.
        bytes: u64,
        /// How many it may render.
        limit: u64,
    },
    /// Others have stored something under the destination again and again. It may work the next time.
    #[error("{name:?} was replaced by others again and again")]
    Contended {
        /// The destination.
        name: ArtifactName,
    },
    /// The store could not be read or written. After
    /// [`Unavailable`](opencode_store::ErrorKind::Unavailable) the new bytes may be stored already.
    #[error("what is rendered cannot be looked up or stored")]
    Store(#[from] opencode_store::Error),
}
