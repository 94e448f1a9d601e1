//! The loop over the lines of a chunk.

use memchr::memchr2;

use super::block::{Outcome, data_value, without_space};
use super::{Item, Parser, Spent};

/// What a chunk completes, one item at a time.
///
/// Not an [`Iterator`], because an item borrows from the parser: each must be done with before the next is asked for.
/// What is not asked for is parsed and dropped at the end, so that the stream stays whole.
#[derive(Debug)]
pub struct Items<'parser, 'chunk> {
    parser: &'parser mut Parser,
    rest: &'chunk [u8],
}

impl<'parser, 'chunk> Items<'parser, 'chunk> {
    #[inline]
    pub(super) fn new(parser: &'parser mut Parser, rest: &'chunk [u8]) -> Self {
        Self { parser, rest }
    }

    /// The next item; `None` when the chunk is used up.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "`Iterator` cannot lend")]
    pub fn next(&mut self) -> Option<Item<'_>> {
        self.parser.recycle();
        while !self.rest.is_empty() {
            let chunk = self.rest;
            let Some(end) = memchr2(b'\n', b'\r', chunk) else {
                self.rest = &[];
                self.parser.carry(chunk);
                return None;
            };
            self.pass_line_end(end);
            let line = &chunk[..end];

            // What nearly every frame is: one `data` line, then an empty one. It is lent as it lies.
            if self.parser.line_length == 0 {
                if let Some(value) = data_value(line)
                    && self.is_at_line_end()
                    && !self.parser.block.has_data()
                    && self.parser.block.has_room_for(end, &self.parser.limits)
                {
                    self.pass_line_end(0);
                    if self.parser.block.is_touched() {
                        self.parser.spent = Spent::LineAndBlock;
                    }
                    return Some(Item::Frame(self.parser.block.frame_of(value)));
                }
                match self.parser.block.take_line(line, &self.parser.limits) {
                    Outcome::Pending => {}
                    Outcome::Comment => return Some(self.parser.limits.comment(line)),
                    outcome => return Some(self.parser.item(outcome)),
                }
            } else {
                self.parser.carry(line);
                if self.is_at_line_end() && self.parser.holds_whole_frame() {
                    self.pass_line_end(0);
                    self.parser.spent = Spent::LineAndBlock;
                    return self.parser.carried_frame();
                }
                match self.parser.end_carried_line() {
                    Outcome::Pending => {}
                    outcome => return Some(self.parser.item(outcome)),
                }
            }
        }
        None
    }

    /// Whether what follows is the end of an empty line.
    #[inline]
    fn is_at_line_end(&self) -> bool {
        matches!(self.rest.first(), Some(b'\n' | b'\r'))
    }

    /// Moves behind the line end at `end`.
    #[inline]
    fn pass_line_end(&mut self, end: usize) {
        let mut next = end + 1;
        if self.rest[end] == b'\r' {
            match self.rest.get(next) {
                Some(b'\n') => next += 1,
                Some(_) => {}
                None => self.parser.skip_line_feed = true,
            }
        }
        self.rest = &self.rest[next..];
    }
}

impl Drop for Items<'_, '_> {
    #[inline]
    fn drop(&mut self) {
        while !self.rest.is_empty() {
            self.next();
        }
    }
}

impl Parser {
    /// Whether the carried line, which has just ended, is a `data` line that can be lent as it lies.
    fn holds_whole_frame(&self) -> bool {
        !self.block.has_data() && data_value(&self.line).is_some()
    }

    fn carried_frame(&mut self) -> Option<Item<'_>> {
        let value = data_value(&self.line)?;
        Some(Item::Frame(self.block.frame_of(value)))
    }

    fn end_carried_line(&mut self) -> Outcome {
        let outcome = self.block.take_owned_line(&mut self.line, self.line_length, &self.limits);
        match outcome {
            // The comment is still to be lent out.
            Outcome::Comment => self.spent = Spent::Line,
            _ => {
                super::clear(&mut self.line);
                self.line_length = 0;
            }
        }
        outcome
    }

    #[cold]
    fn item(&mut self, outcome: Outcome) -> Item<'_> {
        match outcome {
            Outcome::Retry(delay) => Item::Retry(delay),
            Outcome::Oversize(bytes) => Item::Oversize { bytes },
            Outcome::Comment => self.limits.comment(&self.line),
            Outcome::Frame | Outcome::Pending => {
                self.spent = Spent::LineAndBlock;
                Item::Frame(self.block.frame())
            }
        }
    }
}

impl super::Limits {
    fn comment<'a>(&self, line: &'a [u8]) -> Item<'a> {
        let kept = &line[..line.len().min(self.max_comment_line())];
        Item::Comment(without_space(kept.get(1..).unwrap_or_default()))
    }
}
