//! The one error of this crate.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// What went wrong, in a form that a program can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Text is not an id of the kind that was asked for.
    InvalidId,
    /// A setting cannot be used: a base URL that is none, a timeout that is not a number.
    InvalidConfig,
    /// No connection could be made, or it broke before an answer came. The request never got an answer.
    Connect,
    /// A time limit of the client passed.
    Timeout,
    /// The server answered 404: the thing is not there.
    NotFound,
    /// The server answered 409: the thing is busy or was changed by somebody else.
    Conflict,
    /// The server answered with another status from 400 to 499: the request is wrong.
    BadRequest,
    /// The server answered 401 or 403: the password is missing or wrong.
    Unauthorized,
    /// The server answered with a status from 500 to 599.
    Server,
    /// What answers is not an OpenCode server, or not one that has this route: the answer is HTML.
    NotOpenCode,
    /// What the server sent is not of the shape that was expected.
    Decode,
    /// The answer is larger than the client's limit.
    TooLarge,
    /// The event stream broke, or the connection to a terminal.
    Stream,
    /// The server lacks a capability that the call needs.
    Unsupported,
}

/// The error of every fallible call in this crate.
///
/// [`kind`](Self::kind) says what to do about it, the accessors carry the context, and
/// [`source`](std::error::Error::source) the cause. `Display` says only this level.
/// No error contains a password, a query string or a request body.
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) kind: Option<ErrorKind>,
    /// What this level says; lower-case, no full stop.
    pub(crate) message: String,
    /// Method and path of the request, without its query.
    pub(crate) request: Option<(String, String)>,
    pub(crate) status: Option<u16>,
    /// The server's own words, cut to a bounded length.
    pub(crate) server_message: Option<String>,
    /// The server's name for the error: the `name` or `_tag` of its body.
    pub(crate) server_name: Option<String>,
    /// The body of a refusal, if it is text and not large; shown nowhere.
    pub(crate) server_body: Option<Box<str>>,
    pub(crate) retry_after: Option<Duration>,
    /// Whether the request may have reached the server.
    pub(crate) ambiguous: bool,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self { inner: Box::new(inner) }
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::from_inner(Inner { kind: Some(kind), message: message.into(), ..Inner::default() })
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// The same error once more, without its cause, for those who keep the original.
    #[cfg(feature = "client")]
    pub(crate) fn duplicate(&self) -> Self {
        let inner = &self.inner;
        Self::from_inner(Inner {
            kind: inner.kind,
            message: inner.message.clone(),
            request: inner.request.clone(),
            status: inner.status,
            server_message: inner.server_message.clone(),
            server_name: inner.server_name.clone(),
            server_body: inner.server_body.clone(),
            retry_after: inner.retry_after,
            ambiguous: inner.ambiguous,
            source: None,
        })
    }

    #[cfg(feature = "client")]
    pub(crate) fn inner_mut(&mut self) -> &mut Inner {
        &mut self.inner
    }

    pub(crate) fn invalid_id(type_name: &str, prefix: &str, text: &str) -> Self {
        let shown: String = text.chars().take(40).collect();
        let message = if text.is_empty() {
            format!("not a {type_name}: the text is empty")
        } else if text == prefix {
            format!("not a {type_name}: {shown:?} is the prefix alone")
        } else {
            format!("not a {type_name}: {shown:?} does not start with `{prefix}`")
        };
        Self::new(ErrorKind::InvalidId, message)
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind.unwrap_or(ErrorKind::Decode)
    }

    /// The HTTP status, if the server answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.inner.status
    }

    /// Method and path of the request, without its query; `None` if the error is not about a request.
    #[must_use]
    pub fn request(&self) -> Option<(&str, &str)> {
        self.inner.request.as_ref().map(|(method, path)| (method.as_str(), path.as_str()))
    }

    /// The server's own explanation, cut to 200 characters.
    #[must_use]
    pub fn server_message(&self) -> Option<&str> {
        self.inner.server_message.as_deref()
    }

    /// The server's name for the error, such as `NotFoundError` or `SessionBusyError`.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.inner.server_name.as_deref()
    }

    /// The body of the server's refusal as it was sent; `None` if it was a web page, no text, or larger than 64 KiB.
    ///
    /// With the feature `operations`, `Error::refusal` reads it. Neither `Display` nor `Debug` shows it.
    #[must_use]
    pub fn server_body(&self) -> Option<&str> {
        self.inner.server_body.as_deref()
    }

    /// How long the server asked to wait before another try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Whether a time limit of the client passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether the server said that the thing is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether the password is missing or wrong.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.kind() == ErrorKind::Unauthorized
    }

    /// Whether the same request may succeed later: nothing about it is wrong.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Stream => true,
            ErrorKind::Server => matches!(self.status(), Some(502..=504)),
            ErrorKind::BadRequest => self.status() == Some(429),
            _ => false,
        }
    }

    /// Whether it is unknown if the server received the request.
    ///
    /// True when bytes may have left and no answer came. A prompt with such an error must not be sent again:
    /// it is looked up by its message id instead.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        self.inner.ambiguous
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((method, path)) = self.request() {
            write!(formatter, "{method} {path}: ")?;
        }
        formatter.write_str(&self.inner.message)?;
        if let Some(message) = self.server_message() {
            write!(formatter, ": {message}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Error")
            .field("kind", &self.kind())
            .field("message", &self.to_string())
            .field("status", &self.inner.status)
            .field("source", &self.inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
