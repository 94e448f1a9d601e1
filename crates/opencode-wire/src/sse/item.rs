//! What comes out of the parser.

use std::time::Duration;

/// What a stream has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// A frame.
    Frame(Frame<'a>),
    /// A comment, without its colon and the space after it: a sign of life. Cut to the limit.
    Comment(&'a [u8]),
    /// How long the server wants clients to wait before they connect again.
    Retry(Duration),
    /// A frame above the limit was skipped. Something is missing from the stream here.
    Oversize {
        /// How large it was: the bytes of its lines, without line ends and comments.
        bytes: usize,
    },
}

/// One frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame<'a> {
    /// Its `event` field; `None` where it is empty or absent, which the rules call a `message`.
    pub event: Option<&'a [u8]>,
    /// Its `data` fields, joined by LF. Nobody has checked that they are UTF-8.
    pub data: &'a [u8],
    /// The last `id` that the stream has set, in this frame or before; empty where the server sends none.
    pub id: &'a [u8],
}

/// How much a parser will hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The largest frame that is kept, in bytes of its lines without line ends and comments; 16 MiB by default.
    ///
    /// The parser's memory stays below twice this size, because a buffer doubles when it grows.
    pub max_frame_bytes: usize,
}

impl Limits {
    /// Sets the largest frame that is kept, in bytes.
    #[must_use]
    pub const fn with_max_frame_bytes(mut self, bytes: usize) -> Self {
        self.max_frame_bytes = bytes;
        self
    }

    /// How much of a comment is kept, its colon included.
    pub(super) const fn max_comment_line(&self) -> usize {
        self.max_frame_bytes.saturating_add(1)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_frame_bytes: 16 * 1024 * 1024 }
    }
}
