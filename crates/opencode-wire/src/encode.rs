//! Percent-encoding, so that any text is one path segment or one query value and nothing else.

use std::fmt::Write as _;

/// Appends `text` with every byte escaped that is not a letter, a digit or one of `-._~`.
///
/// Only the characters that no part of a URL gives a meaning to stay as they are, so the same rule serves paths and
/// queries, and `+`, `&`, `%`, `/` and spaces arrive as they were.
pub(crate) fn push_encoded(target: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            target.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            _ = write!(target, "%{byte:02X}");
        }
    }
}

/// Undoes percent-encoding; `None` if the result is no UTF-8. A `%` without two digits stays as it is.
#[cfg(feature = "client")]
pub(crate) fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while let Some(&byte) = bytes.get(position) {
        let escaped = (byte == b'%')
            .then(|| text.get(position + 1..position + 3))
            .flatten()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(escaped.unwrap_or(byte));
        position += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> String {
        let mut target = String::new();
        push_encoded(&mut target, text);
        target
    }

    #[test]
    fn nothing_that_a_url_gives_a_meaning_to_survives() {
        assert_eq!(encoded("/srv/a b+c&d=e%f#g?h"), "%2Fsrv%2Fa%20b%2Bc%26d%3De%25f%23g%3Fh");
        assert_eq!(encoded("ä🦀"), "%C3%A4%F0%9F%A6%80");
        assert_eq!(encoded("ses_A-1.~"), "ses_A-1.~");
    }

    #[cfg(feature = "client")]
    #[test]
    fn decoding_undoes_encoding_and_keeps_stray_percent_signs() {
        for text in ["", "a b", "ä🦀/%", "100%", "%zz", "%+1", "%4"] {
            assert_eq!(decode(&encoded(text)).unwrap(), text);
        }
        assert_eq!(decode("100%").unwrap(), "100%");
        assert_eq!(decode("%zz%4").unwrap(), "%zz%4");
        assert_eq!(decode("%ff"), None);
    }
}
