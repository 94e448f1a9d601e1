//! Lone surrogates: what remains when a server cuts an emoji in half.
//!
//! `"\ud83d"` is valid JSON by the grammar and valid text in JavaScript, but it is no Unicode text, and
//! `serde_json` refuses it. A server that streams text token by token sends it now and then.

use memchr::memchr;

const REPLACEMENT: &str = "\\ufffd";
const ESCAPE_LENGTH: usize = REPLACEMENT.len();

/// The same JSON with U+FFFD in the place of every lone surrogate; `None` if it has none.
pub(crate) fn replace_lone(json: &str) -> Option<String> {
    let bytes = json.as_bytes();
    let mut repaired: Option<String> = None;
    let mut copied = 0;
    let mut at = 0;
    while let Some(distance) = memchr(b'\\', &bytes[at..]) {
        at += distance;
        at += match (code_unit(bytes, at), code_unit(bytes, at + ESCAPE_LENGTH)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE_LENGTH,
            (Some(0xd800..=0xdfff), _) => {
                let text = repaired.get_or_insert_with(|| String::with_capacity(json.len()));
                text.push_str(&json[copied..at]);
                text.push_str(REPLACEMENT);
                copied = at + ESCAPE_LENGTH;
                ESCAPE_LENGTH
            }
            // The escaped character may be a backslash, which then starts no escape of its own.
            _ => 2,
        };
        at = at.min(bytes.len());
    }
    let mut text = repaired?;
    text.push_str(&json[copied..]);
    Some(text)
}

/// The code unit of the `\uXXXX` escape at a position, if there is one.
fn code_unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + ESCAPE_LENGTH)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_are_replaced() {
        let replaced = |json| replace_lone(json).unwrap();
        assert_eq!(replaced(r#""\ud83d""#), r#""\ufffd""#);
        assert_eq!(replaced(r#""a\uDE00b""#), r#""a\ufffdb""#);
        assert_eq!(replaced(r#""\ud83d\ud83d\ude00""#), r#""\ufffd\ud83d\ude00""#);
        assert_eq!(replaced(r#""\\\ud83d""#), r#""\\\ufffd""#);
    }

    #[test]
    fn pairs_and_escaped_backslashes_stay() {
        for json in
            [r#""\ud83d\ude00""#, r#""\\ud83d""#, r#""\\\\ud83d""#, r#""\u00e9\n""#, r#""\"#, r#""\ud8"#]
        {
            assert_eq!(replace_lone(json), None, "{json}");
        }
    }
}
