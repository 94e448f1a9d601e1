//! Small decoders for what arrives in request lines.

use std::collections::BTreeMap;

/// Splits a query string. Later values of one name win; a name without `=` has an empty value.
pub(crate) fn parse_query(query: &str) -> BTreeMap<String, String> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        })
        .collect()
}

/// Decodes `%xx`. Broken escapes stay as they are and broken UTF-8 becomes U+FFFD.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let escape = (bytes[index] == b'%').then(|| text.get(index + 1..index + 3)).flatten();
        if let Some(byte) = escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            decoded.push(byte);
            index += 3;
        } else {
            decoded.push(bytes[index]);
            index += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Encodes everything but unreserved characters, for the `Link` header.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A directory as OpenCode compares it: no trailing slash, no `.` and no `..`.
pub(crate) fn normalize_directory(directory: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Whether `*` wildcards in `pattern` can stand for what `text` has in their place.
pub(crate) fn wildcard_matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        let Some(position) = rest.find(piece) else { return false };
        rest = &rest[position + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_split_and_decoded() {
        let query = parse_query("directory=%2Fsrv%2Fa+b&limit=3&flag&bad=%zz");
        assert_eq!(query["directory"], "/srv/a b");
        assert_eq!(query["limit"], "3");
        assert_eq!(query["flag"], "");
        assert_eq!(query["bad"], "%zz");
    }

    #[test]
    fn directories_are_normalized() {
        assert_eq!(normalize_directory("/srv/proj/"), "/srv/proj");
        assert_eq!(normalize_directory("/srv/other/../proj/."), "/srv/proj");
    }

    #[test]
    fn wildcards() {
        assert!(wildcard_matches("echo *", "echo one"));
        assert!(wildcard_matches("*", "anything"));
        assert!(wildcard_matches("a*c*e", "abcde"));
        assert!(!wildcard_matches("echo *", "rm -rf"));
        assert!(!wildcard_matches("exact", "exactly"));
    }
}
