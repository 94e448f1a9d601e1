//! Walking through JSON without decoding it: object keys, the strings behind some of them, and nothing else.
//!
//! The cursor expects valid JSON. On anything else it stops early or reads nonsense, but it never panics, and it
//! never goes back.

use std::borrow::Cow;

use memchr::memchr2;

use crate::surrogate;

/// A place in JSON text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

/// A string as it lies in the JSON, without its quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawText<'a> {
    bytes: &'a [u8],
    has_escapes: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(json: &'a [u8]) -> Self {
        Self { rest: json }
    }

    /// Steps into an object; false if the value is none, which leaves the cursor before it.
    #[inline]
    pub(super) fn enter_object(&mut self) -> bool {
        self.skip_space();
        self.eat(b'{')
    }

    /// The next key of the object that the cursor is in, which leaves it before the value; `None` at the end.
    #[inline]
    pub(super) fn next_key(&mut self) -> Option<RawText<'a>> {
        self.skip_space();
        if self.eat(b',') {
            self.skip_space();
        }
        let key = self.string_here()?;
        self.skip_space();
        self.eat(b':').then_some(key)
    }

    /// Steps into a list; false if the value is none, which leaves the cursor before it.
    pub(super) fn enter_list(&mut self) -> bool {
        self.skip_space();
        self.eat(b'[')
    }

    /// Moves to the next element of the list that the cursor is in; false at the end.
    pub(super) fn next_element(&mut self) -> bool {
        self.skip_space();
        if self.eat(b',') {
            self.skip_space();
        }
        !matches!(self.rest.first(), None | Some(b']'))
    }

    /// How far the cursor is in the JSON that it was made from, in bytes.
    pub(super) fn offset_in(&self, json: &[u8]) -> usize {
        json.len() - self.rest.len()
    }

    /// The value if it is a string; anything else is skipped.
    #[inline]
    pub(super) fn string(&mut self) -> Option<RawText<'a>> {
        self.skip_space();
        let text = self.string_here();
        if text.is_none() {
            self.skip_value();
        }
        text
    }

    /// The value if it is a number, as it lies there; anything else is skipped.
    pub(super) fn number(&mut self) -> Option<&'a [u8]> {
        self.skip_space();
        let is_number = matches!(self.rest.first(), Some(b'-' | b'0'..=b'9'));
        let before = self.rest;
        self.skip_value();
        is_number.then(|| &before[..before.len() - self.rest.len()])
    }

    /// Moves behind the value.
    pub(super) fn skip_value(&mut self) {
        self.skip_space();
        match self.rest.first() {
            Some(b'"') => drop(self.string_here()),
            Some(b'{' | b'[') => self.skip_container(),
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
                let length = self.rest.iter().position(is_end).unwrap_or(self.rest.len());
                self.rest = &self.rest[length..];
            }
        }
    }

    /// A loop with a counter, because JSON may be nested deeper than the stack is.
    fn skip_container(&mut self) {
        let mut depth = 0_usize;
        while let Some((byte, tail)) = self.rest.split_first() {
            match byte {
                b'"' => {
                    if self.string_here().is_none() {
                        self.rest = &[];
                    }
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.rest = tail;
            if depth == 0 {
                return;
            }
        }
    }

    /// The string that starts exactly here.
    #[inline]
    fn string_here(&mut self) -> Option<RawText<'a>> {
        let start = self.rest.strip_prefix(b"\"")?;
        let mut length = 0;
        let mut has_escapes = false;
        loop {
            length += memchr2(b'"', b'\\', start.get(length..)?)?;
            if start[length] == b'"' {
                self.rest = &start[length + 1..];
                return Some(RawText { bytes: &start[..length], has_escapes });
            }
            has_escapes = true;
            length += 2;
        }
    }

    #[inline]
    fn eat(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, tail)) if *first == byte => {
                self.rest = tail;
                true
            }
            _ => false,
        }
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some((b' ' | b'\t' | b'\n' | b'\r', tail)) = self.rest.split_first() {
            self.rest = tail;
        }
    }
}

impl<'a> RawText<'a> {
    /// The bytes of the text it stands for, which nobody has checked to be UTF-8.
    #[inline]
    pub(super) fn to_bytes(self) -> Cow<'a, [u8]> {
        if self.has_escapes {
            Cow::Owned(self.unescape().into_owned().into_bytes())
        } else {
            Cow::Borrowed(self.bytes)
        }
    }

    /// The text it stands for; what is no text in it becomes U+FFFD.
    #[inline]
    pub(super) fn to_text(self) -> Cow<'a, str> {
        match std::str::from_utf8(self.bytes) {
            Ok(text) if !self.has_escapes => Cow::Borrowed(text),
            _ => self.unescape(),
        }
    }

    #[cold]
    fn unescape(self) -> Cow<'a, str> {
        let quoted = format!("\"{}\"", String::from_utf8_lossy(self.bytes));
        let quoted = surrogate::replace_lone(&quoted).unwrap_or(quoted);
        Cow::Owned(serde_json::from_str(&quoted).unwrap_or(quoted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_in_order_and_values_are_skipped() {
        let json = br#" { "a" : [ "]", {"x": "}"} ] , "b\u0063":-1.5e3,"d":{},"e" : "\\", "f": null } "#;
        let mut cursor = Cursor::new(json);
        assert!(cursor.enter_object());
        let mut keys = Vec::new();
        while let Some(key) = cursor.next_key() {
            keys.push(key.to_text().into_owned());
            cursor.skip_value();
        }
        assert_eq!(keys, ["a", "bc", "d", "e", "f"]);
    }

    #[test]
    fn strings_and_numbers_are_read_where_they_are_some() {
        let mut cursor = Cursor::new(br#""caf\u00e9"x"#);
        assert_eq!(cursor.string().map(RawText::to_text).as_deref(), Some("café"));
        assert!(Cursor::new(b"7").string().is_none());
        assert_eq!(Cursor::new(b" 12.5,").number(), Some(&b"12.5"[..]));
        assert_eq!(Cursor::new(b"\"12\"").number(), None);
    }

    #[test]
    fn broken_json_ends_the_walk() {
        for json in
            ["", "{", "{\"a", "{\"a\"", "{\"a\\", "{\"a\":\"\\", "{\"a\":[{\"", "}", "{\"a\":]]]}", "{1:2}"]
        {
            let mut cursor = Cursor::new(json.as_bytes());
            if cursor.enter_object() {
                while cursor.next_key().is_some() {
                    cursor.skip_value();
                }
            }
        }
    }
}
