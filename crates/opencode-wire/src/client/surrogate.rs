//! Half characters: `"\ud83d"` is JSON to JavaScript, and no text to anybody else.

/// Replaces each escape of half a character by the escape of U+FFFD; `None` if there is none.
///
/// The result has the same length, so positions in later error messages still fit.
pub(super) fn repair(json: &[u8]) -> Option<Vec<u8>> {
    let mut repaired: Option<Vec<u8>> = None;
    let mut position = 0;
    while position < json.len() {
        if json[position] != b'\\' {
            position += 1;
            continue;
        }
        match (escape(json, position), escape(json, position + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => position += 12,
            (Some(0xD800..=0xDFFF), _) => {
                let target = repaired.get_or_insert_with(|| json.to_vec());
                target[position..position + 6].copy_from_slice(b"\\ufffd");
                position += 6;
            }
            // Any other escape: skip the escaped character, which may be a backslash.
            _ => position += 2,
        }
    }
    repaired
}

/// The code unit of a `\uXXXX` at a position.
fn escape(json: &[u8], position: usize) -> Option<u16> {
    let digits = json.get(position..position + 6)?.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(json: &str) -> Option<String> {
        repair(json.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn only_half_characters_are_replaced() {
        assert_eq!(repaired(r#""\ud83e\udd80 \n \\ud83e""#), None);
        assert_eq!(repaired(r#""\ud83e""#).unwrap(), r#""\ufffd""#);
        assert_eq!(repaired(r#""\udd80\ud83e\ud83e\udd80""#).unwrap(), r#""\ufffd\ufffd\ud83e\udd80""#);
        assert_eq!(repaired(r#""\\\ud83e""#).unwrap(), r#""\\\ufffd""#);
    }

    #[test]
    fn broken_escapes_are_left_to_the_parser() {
        for json in [r#""\"#, r#""\u"#, r#""\ud8"#, r#""\u+d83"#, "\"\\ud83\u{e4}"] {
            assert_eq!(repaired(json), None, "{json}");
        }
    }
}
