//! The lines between two empty ones, and what they add up to.

use std::mem;
use std::time::Duration;

use memchr::memchr;

use super::{Frame, Limits, clear};

/// What the lines since the last empty one have added up to.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Bytes of its lines so far, without line ends and comments.
    pub(super) size: usize,
    /// It is above the limit: its lines are only counted.
    is_skipped: bool,
    has_data: bool,
    data: Vec<u8>,
    /// Where the value starts in `data`, which may hold a whole line.
    data_start: usize,
    event: Vec<u8>,
    id: Option<Vec<u8>>,
    /// The `id` of the last block that ended. One that never ended must not move the point to resume from.
    last_event_id: Vec<u8>,
}

/// What a line has led to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    /// Nothing yet.
    Pending,
    /// The line is a comment.
    Comment,
    /// The line sets the time to wait before connecting again.
    Retry(Duration),
    /// The line is empty and ends a frame: see [`Block::frame`].
    Frame,
    /// The line is empty and ends a frame above the limit, which had this size.
    Oversize(usize),
}

impl Block {
    /// Takes one line, without its end.
    pub(super) fn take_line(&mut self, line: &[u8], limits: &Limits) -> Outcome {
        match line.first() {
            None => self.end(),
            Some(b':') => Outcome::Comment,
            Some(_) if !self.has_room_for(line.len(), limits) => {
                self.skip();
                self.size += line.len();
                Outcome::Pending
            }
            Some(_) => {
                self.size += line.len();
                self.take_field(line)
            }
        }
    }

    /// Takes a line that is in a buffer already; the buffer may come back with other content.
    pub(super) fn take_owned_line(&mut self, line: &mut Vec<u8>, length: usize, limits: &Limits) -> Outcome {
        match data_value(line) {
            // The buffer becomes the data, so that a large line is not copied once more.
            Some(value) if !self.has_data => {
                self.data_start = line.len() - value.len();
                self.has_data = true;
                self.size += length;
                mem::swap(line, &mut self.data);
                Outcome::Pending
            }
            // The line was skipped while it came in.
            None if line.is_empty() => {
                self.size += length;
                Outcome::Pending
            }
            _ => self.take_line(line, limits),
        }
    }

    /// Whether a line of this length would stay within the limit.
    #[inline]
    pub(super) fn has_room_for(&self, length: usize, limits: &Limits) -> bool {
        !self.is_skipped && self.size.saturating_add(length) <= limits.max_frame_bytes
    }

    /// Whether a `data` line that an empty one follows would be the frame as it is.
    #[inline]
    pub(super) fn has_data(&self) -> bool {
        self.has_data
    }

    /// Whether a frame must be followed by [`clear`](Self::clear).
    #[inline]
    pub(super) fn is_touched(&self) -> bool {
        self.size > 0
    }

    /// From here on the block is only counted.
    #[cold]
    pub(super) fn skip(&mut self) {
        self.is_skipped = true;
        self.has_data = false;
        self.data = Vec::new();
        self.data_start = 0;
    }

    /// Ends the block with a `data` line of somebody else's.
    #[inline]
    pub(super) fn frame_of<'a>(&'a mut self, data: &'a [u8]) -> Frame<'a> {
        if self.id.is_some() {
            self.commit_id();
        }
        Frame { event: self.event(), data, id: &self.last_event_id }
    }

    /// The frame that an empty line has ended.
    pub(super) fn frame(&self) -> Frame<'_> {
        Frame { event: self.event(), data: &self.data[self.data_start..], id: &self.last_event_id }
    }

    pub(super) fn last_event_id(&self) -> &[u8] {
        &self.last_event_id
    }

    pub(super) fn clear(&mut self) {
        self.size = 0;
        self.is_skipped = false;
        self.has_data = false;
        self.data_start = 0;
        clear(&mut self.data);
        clear(&mut self.event);
    }

    /// How much memory it holds on to, in bytes.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.data.capacity() + self.event.capacity()
    }

    fn event(&self) -> Option<&[u8]> {
        if self.event.is_empty() { None } else { Some(&self.event) }
    }

    fn end(&mut self) -> Outcome {
        self.commit_id();
        if self.has_data {
            return Outcome::Frame;
        }
        let outcome = if self.is_skipped { Outcome::Oversize(self.size) } else { Outcome::Pending };
        self.clear();
        outcome
    }

    fn commit_id(&mut self) {
        if let Some(id) = self.id.take() {
            self.last_event_id = id;
        }
    }

    fn take_field(&mut self, line: &[u8]) -> Outcome {
        let (name, value) = match memchr(b':', line) {
            Some(colon) => (&line[..colon], without_space(&line[colon + 1..])),
            None => (line, &[][..]),
        };
        match name {
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => {
                self.event.clear();
                self.event.extend_from_slice(value);
            }
            b"id" if memchr(0, value).is_none() => self.id = Some(value.to_vec()),
            b"retry" => {
                if let Some(delay) = parse_retry(value) {
                    return Outcome::Retry(delay);
                }
            }
            _ => {}
        }
        Outcome::Pending
    }
}

/// The value of a line that is a `data` field with a colon.
#[inline]
pub(super) fn data_value(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(b"data:").map(without_space)
}

/// One space after the colon is syntax; a second one is content.
#[inline]
pub(super) fn without_space(value: &[u8]) -> &[u8] {
    value.strip_prefix(b" ").unwrap_or(value)
}

fn parse_retry(value: &[u8]) -> Option<Duration> {
    // `u64::from_str` alone would take a plus sign.
    let digits =
        std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok().map(Duration::from_millis)
}
