//! A file that a person uploads.

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

/// A file that a person uploads: what it was called, and its bytes as they come. Nothing is read yet.
pub struct Upload<'a> {
    pub(super) original: String,
    pub(super) name: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) bytes: BoxStream<'a, Result<Bytes, Box<dyn Error + Send + Sync>>>,
}

impl<'a> Upload<'a> {
    /// A file with what it was called by the person, and its bytes: such as a field of a form, or the body of a request.
    pub fn new<S, E>(original: impl Into<String>, bytes: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'a,
        E: Into<Box<dyn Error + Send + Sync>> + 'a,
    {
        let bytes = bytes.map_err(Into::into).boxed();
        Self { original: original.into(), name: None, content_type: None, bytes }
    }

    /// A file whose bytes are in memory already.
    pub fn from_bytes(original: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(original, stream::iter([Ok::<_, std::io::Error>(bytes.into())]))
    }

    /// Sets what the browser says that it is, as `type/subtype`. It counts where the bytes and the name tell nothing.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Sets what it is called in the sandbox; without, a safe name is made of the original one.
    ///
    /// The name is used as it is, or refused: one part, and such as [`UploadedFile::name`](super::UploadedFile::name)
    /// says. Other files of the set make room for it.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl fmt::Debug for Upload<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Upload")
            .field("original", &self.original)
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}
