//! The one error of this crate.

use std::error::Error as StdError;
use std::fmt;

use crate::turn::TurnId;

/// What went wrong, in a form that a program can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The store's URL or a setting cannot be used.
    InvalidConfig,
    /// A value cannot be stored: a name that is empty or too long, text with a NUL in it, a negative size.
    InvalidInput,
    /// There is no such session, turn, request or artifact.
    NotFound,
    /// The same key was used for something else, or somebody else was faster.
    Conflict,
    /// The session has an open turn, and the new one was to be refused then.
    Busy,
    /// The lease is somebody else's by now, or the turn has ended: whoever asks must stop working on it.
    LeaseLost,
    /// The database cannot be reached, is locked for too long or has no connection left. Nothing of the call is known
    /// to be stored; every call may be repeated.
    Unavailable,
    /// There is no room left on the disk. Nothing of the call was stored.
    Full,
    /// The database or the folder cannot be written.
    ReadOnly,
    /// What is stored cannot be read: a damaged file, a row of another shape, bytes of another digest.
    Corrupt,
    /// The database was migrated by a newer version of this crate.
    SchemaTooNew,
    /// The database lacks tables or columns: `migrate()` was not run.
    SchemaMissing,
    /// More bytes than the limit.
    TooLarge,
    /// A call to the OpenCode server failed.
    Upstream,
    /// This store cannot do it: it has no place for artifacts, or was built without the feature.
    Unsupported,
}

/// The error of every fallible call in this crate.
///
/// [`kind`](Self::kind) says what to do about it, and [`source`](std::error::Error::source) has the cause.
/// `Display` says only this level. No error contains a password, a prompt or an answer.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    /// Lower-case, no full stop.
    message: String,
    turn: Option<TurnId>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Makes an error. For those who implement the traits of this crate.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { inner: Box::new(Inner { kind, message: message.into(), turn: None, source: None }) }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Adds the turn that it is about.
    #[must_use]
    pub fn with_turn(mut self, turn: TurnId) -> Self {
        self.inner.turn = Some(turn);
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The turn that it is about: the one that is in the way of an admission, or whose lease is lost.
    #[must_use]
    pub fn turn(&self) -> Option<TurnId> {
        self.inner.turn
    }

    /// Whether the same call may succeed later without any change.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::Unavailable | ErrorKind::Busy | ErrorKind::Full | ErrorKind::Upstream
        )
    }

    /// The same error once more, without its cause: for everybody in a group that failed as one.
    pub(crate) fn duplicate(&self) -> Self {
        let inner = &self.inner;
        Self {
            inner: Box::new(Inner {
                kind: inner.kind,
                message: inner.message.clone(),
                turn: inner.turn,
                source: None,
            }),
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    pub(crate) fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt, message)
    }

    pub(crate) fn lease_lost(turn: TurnId) -> Self {
        Self::new(ErrorKind::LeaseLost, format!("the lease of turn {turn} is lost")).with_turn(turn)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        let mut debug = formatter.debug_struct("Error");
        debug.field("kind", &inner.kind).field("message", &inner.message);
        if let Some(turn) = inner.turn {
            debug.field("turn", &turn);
        }
        if let Some(source) = &inner.source {
            debug.field("source", source);
        }
        debug.finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.inner.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
