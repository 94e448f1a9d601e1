//! Comparing text with what is expected, piece by piece.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// More digits might not fit into 64 bits.
const MAX_DIGITS: usize = 18;

/// What is still to be compared.
///
/// Control characters within strings, which JSON forbids, are not noticed here: see [`has_control_characters`].
#[derive(Debug)]
pub(super) struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    pub(super) fn new(json: &'a str) -> Self {
        Self(json)
    }

    pub(super) fn is_end(&self) -> bool {
        self.0.is_empty()
    }

    /// Moves behind what is expected, if it is here.
    #[inline]
    pub(super) fn take(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// What follows a quote, up to and with the next one, if it has no escapes.
    #[inline]
    pub(super) fn plain_text(&mut self) -> Option<&'a str> {
        let end = memchr2(b'"', b'\\', self.0.as_bytes())?;
        let (text, rest) = self.0.split_at(end);
        self.0 = rest.strip_prefix('"')?;
        Some(text)
    }

    /// The same with both quotes.
    #[inline]
    pub(super) fn quoted_plain_text(&mut self) -> Option<&'a str> {
        self.take("\"")?;
        self.plain_text()
    }

    /// What follows a quote, up to and with the one that ends it.
    #[inline]
    pub(super) fn text(&mut self) -> Option<Cow<'a, str>> {
        let bytes = self.0.as_bytes();
        let first = memchr2(b'"', b'\\', bytes)?;
        let mut end = first;
        while bytes[end] == b'\\' {
            end += 2;
            end += memchr2(b'"', b'\\', bytes.get(end..)?)?;
        }
        let (text, rest) = self.0.split_at(end);
        self.0 = &rest[1..];
        if first == end { Some(Cow::Borrowed(text)) } else { unescape(text).map(Cow::Owned) }
    }

    /// A whole number that is not negative.
    pub(super) fn integer(&mut self) -> Option<i64> {
        let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(length);
        let is_whole = !matches!(rest.as_bytes().first(), Some(b'.' | b'e' | b'E'));
        let is_canonical = digits == "0" || !digits.starts_with('0');
        self.0 = rest;
        if is_whole && is_canonical && length <= MAX_DIGITS { digits.parse().ok() } else { None }
    }
}

/// Whether there are characters that JSON wants escaped in strings.
pub(super) fn has_control_characters(json: &str) -> bool {
    // Not `any`, which stops early and therefore looks at one byte after the other.
    json.bytes().fold(false, |has_some, byte| has_some | (byte < b' '))
}

/// The text behind the escapes that are one character long; `None` if there are others.
fn unescape(text: &str) -> Option<String> {
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(position) = memchr(b'\\', rest.as_bytes()) {
        unescaped.push_str(&rest[..position]);
        unescaped.push(match rest.as_bytes().get(position + 1)? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            same @ (b'"' | b'\\' | b'/') => char::from(*same),
            _ => return None,
        });
        rest = &rest[position + 2..];
    }
    unescaped.push_str(rest);
    Some(unescaped)
}
