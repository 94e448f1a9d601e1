//! Server-sent events: bytes in, frames out.
//!
//! A push parser without I/O that follows the [WHATWG rules] in full:
//!
//! - Lines end in LF, CR or CRLF, and a chunk may end between the two bytes of a CRLF.
//! - One byte order mark at the start of the stream is skipped, even when it comes in pieces.
//! - Several `data` lines are joined by LF; one space after the colon, and only one, belongs to the syntax.
//! - A field may lack its colon; its value is empty then.
//! - `id` is ignored when it contains NUL, `retry` when it is not made of digits; fields of other names are ignored.
//! - An empty line ends a frame. A frame without a `data` line is none; only its `id` counts.
//! - What the stream leaves unfinished when it ends is discarded: [`Parser::finish`] tells how much it was.
//!
//! Beyond the rules, comments are [surfaced](Item::Comment), because a server that sends nothing else sends them to
//! show that it lives, and frames are [limited](Limits), because a stream that never ends a frame must not eat all
//! memory.
//! A frame above the limit is skipped and [reported](Item::Oversize); the stream goes on.
//!
//! No byte is looked at twice. A frame that lies within one chunk is borrowed from it; one that does not is
//! borrowed from a buffer of the parser.
//!
//! # Examples
//!
//! ```
//! use opencode_wire::sse::{Item, Limits, Parser};
//!
//! let mut parser = Parser::new(Limits::default());
//! let mut frames = Vec::new();
//! for chunk in [&b"data: {\"type\":"[..], b"\"server.connected\"}\n\n: hea", b"rtbeat\n"] {
//!     let mut items = parser.feed(chunk);
//!     while let Some(item) = items.next() {
//!         match item {
//!             Item::Frame(frame) => frames.push(frame.data.to_vec()),
//!             Item::Comment(text) => assert_eq!(text, b"heartbeat"),
//!             _ => {}
//!         }
//!     }
//! }
//! assert_eq!(frames, [br#"{"type":"server.connected"}"#]);
//! assert_eq!(parser.finish(), 0);
//! ```
//!
//! [WHATWG rules]: https://html.spec.whatwg.org/multipage/server-sent-events.html

mod block;
mod item;
mod items;

use self::block::Block;
pub use self::item::{Frame, Item, Limits};
pub use self::items::Items;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How much buffer is kept for the next frame. A stream that sees one frame of megabytes must not hold on to them.
const KEPT_CAPACITY: usize = 64 * 1024;

/// A parser for one stream of server-sent events.
///
/// A reconnected stream needs a parser of its own; [`last_event_id`](Self::last_event_id) says where to resume.
#[derive(Debug, Default)]
pub struct Parser {
    limits: Limits,
    /// How many bytes of a byte order mark have come; `None` once the question is settled.
    mark: Mark,
    /// The last chunk ended in CR: an LF at the start of the next one belongs to it.
    skip_line_feed: bool,
    /// What has come of a line that began in an earlier chunk; nothing while the line is being skipped.
    line: Vec<u8>,
    /// The length of that line, the skipped bytes included.
    line_length: usize,
    /// What the lines before have added up to.
    block: Block,
    /// What the item that was handed out last borrows, and what is therefore cleared only now.
    spent: Spent,
}

/// Whether the stream's first bytes are a byte order mark.
#[derive(Debug, Clone, Copy)]
enum Mark {
    /// So many bytes of it have come.
    Matched(usize),
    /// There was one, or there is none.
    Settled,
}

impl Default for Mark {
    fn default() -> Self {
        Self::Matched(0)
    }
}

/// What the item that was handed out last borrows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Spent {
    #[default]
    Nothing,
    Line,
    LineAndBlock,
}

impl Parser {
    /// A parser at the start of a stream.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes the next bytes of the stream, however they are cut.
    ///
    /// What they complete is read from the returned [`Items`].
    #[inline]
    pub fn feed<'parser, 'chunk>(&'parser mut self, chunk: &'chunk [u8]) -> Items<'parser, 'chunk> {
        self.recycle();
        let mut rest = chunk;
        if let Mark::Matched(matched) = self.mark {
            rest = self.pass_mark(matched, rest);
        }
        if self.skip_line_feed && !rest.is_empty() {
            self.skip_line_feed = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        Items::new(self, rest)
    }

    /// The `id` that the last complete frame left behind; empty where the server sends none.
    #[must_use]
    pub fn last_event_id(&self) -> &[u8] {
        self.block.last_event_id()
    }

    /// Ends the stream: says how many bytes of an unfinished frame are discarded.
    ///
    /// Zero after a stream that ended between two frames.
    #[must_use]
    pub fn finish(mut self) -> usize {
        self.recycle();
        let mark = match self.mark {
            Mark::Matched(matched) => matched,
            Mark::Settled => 0,
        };
        let line = if self.line.first() == Some(&b':') { 0 } else { self.line_length };
        self.block.size + line + mark
    }

    #[cold]
    fn pass_mark<'chunk>(&mut self, mut matched: usize, chunk: &'chunk [u8]) -> &'chunk [u8] {
        let mut rest = chunk;
        while let Some((byte, tail)) = rest.split_first() {
            if *byte != BYTE_ORDER_MARK[matched] {
                // It was no mark after all: its bytes begin the first line.
                self.mark = Mark::Settled;
                if matched > 0 {
                    self.carry(&BYTE_ORDER_MARK[..matched]);
                }
                return rest;
            }
            rest = tail;
            matched += 1;
            if matched == BYTE_ORDER_MARK.len() {
                self.mark = Mark::Settled;
                return rest;
            }
        }
        self.mark = Mark::Matched(matched);
        rest
    }

    /// Adds to a line whose end has not come, or has come in a later chunk than its start.
    fn carry(&mut self, bytes: &[u8]) {
        let is_comment = match self.line_length {
            0 => bytes.first() == Some(&b':'),
            _ => self.line.first() == Some(&b':'),
        };
        self.line_length += bytes.len();
        if is_comment {
            let room = self.limits.max_comment_line().saturating_sub(self.line.len());
            self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
        } else if self.block.has_room_for(self.line_length, &self.limits) {
            self.line.extend_from_slice(bytes);
        } else {
            self.block.skip();
            self.line = Vec::new();
        }
    }

    /// Clears what the last item has borrowed.
    #[inline]
    fn recycle(&mut self) {
        if self.spent != Spent::Nothing {
            self.recycle_spent();
        }
    }

    fn recycle_spent(&mut self) {
        if self.spent == Spent::LineAndBlock {
            self.block.clear();
        }
        self.spent = Spent::Nothing;
        clear(&mut self.line);
        self.line_length = 0;
    }
}

/// Empties a buffer, and gives its memory back if it is a lot.
fn clear(buffer: &mut Vec<u8>) {
    buffer.clear();
    if buffer.capacity() > KEPT_CAPACITY {
        *buffer = Vec::new();
    }
}

#[cfg(test)]
mod tests;
