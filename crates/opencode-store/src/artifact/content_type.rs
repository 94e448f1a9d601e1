//! What bytes are, as far as they tell.

use super::ArtifactName;
use super::disposition::is_inline_safe;
use super::text_check::TextCheck;
use crate::error::{Error, Result};

/// How many bytes the signatures of file formats are looked for in.
const HEAD: usize = 8 * 1024;

/// What bytes are of which nothing is known.
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// What text is of which nothing else is known.
const TEXT: &str = "text/plain";

/// What text is by its name. The name never says anything about other bytes.
const BY_EXTENSION: [(&str, &str); 20] = [
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ics", "text/calendar"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("jsonl", "application/x-ndjson"),
    ("markdown", "text/markdown"),
    ("md", "text/markdown"),
    ("mjs", "text/javascript"),
    ("ndjson", "application/x-ndjson"),
    ("rtf", "application/rtf"),
    ("svg", "image/svg+xml"),
    ("toml", "application/toml"),
    ("tsv", "text/tab-separated-values"),
    ("xhtml", "application/xhtml+xml"),
    ("xml", "application/xml"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
];

/// Formats that consist of text and that signatures of more than a few letters tell. "BMW" begins like a bitmap.
const TEXT_FORMATS: [&str; 6] = [
    "application/pdf",
    "application/postscript",
    "application/rtf",
    "text/html",
    "text/x-shellscript",
    "text/xml",
];

/// Tells what bytes are while they pass by: what an artifact's type is found with, for whoever wants to know it of other
/// bytes. It keeps 8 KiB of them at most.
///
/// Bytes count before names, and names before what somebody says. A hint never makes anything of a type that
/// browsers show, such as a picture.
///
/// # Examples
///
/// ```
/// use opencode_store::artifact::ContentSniffer;
///
/// let mut sniffer = ContentSniffer::default();
/// sniffer.update(b"# Mon");
/// sniffer.update(b"ads");
/// assert!(sniffer.is_text());
/// assert_eq!(sniffer.content_type(&"notes.md".parse()?, Some("image/png")), "text/markdown");
/// # Ok::<(), opencode_store::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct ContentSniffer {
    head: Vec<u8>,
    text: TextCheck,
}

impl ContentSniffer {
    /// Takes the next bytes into account.
    pub fn update(&mut self, chunk: &[u8]) {
        let missing = HEAD.saturating_sub(self.head.len()).min(chunk.len());
        self.head.extend_from_slice(&chunk[..missing]);
        self.text.update(chunk);
    }

    /// Whether all of them were text: UTF-8 without the control characters that text does not have. No bytes at all are
    /// text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.text.is_text()
    }

    /// What the bytes are, as `type/subtype` in small letters: `application/octet-stream` where nothing is known.
    ///
    /// `hint` is what somebody says they are. It counts where the bytes and the name tell nothing, if it is of that form.
    #[must_use]
    pub fn content_type(&self, name: &ArtifactName, hint: Option<&str>) -> String {
        let signature = infer::get(&self.head).map(|kind| kind.mime_type());
        let found = if self.text.is_text() {
            by_extension(name).or(signature.filter(|found| TEXT_FORMATS.contains(found))).unwrap_or(TEXT)
        } else {
            // Signatures of text are not believed for bytes that are no text.
            signature.filter(|found| !found.starts_with("text/")).unwrap_or(UNKNOWN)
        };
        let hint = hint.and_then(|hint| check_hint(hint).ok());
        // What somebody says must not be what makes a browser show the bytes.
        let hint = hint.filter(|hint| matches!(found, TEXT | UNKNOWN) && !is_inline_safe(hint));
        hint.unwrap_or_else(|| found.to_owned())
    }
}

/// Checks a content type that somebody says, and gives it in small letters without its parameters.
pub(super) fn check_hint(hint: &str) -> Result<String> {
    let essence = hint.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_token = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    match essence.split_once('/') {
        Some((kind, subtype)) if essence.len() <= 127 && is_token(kind) && is_token(subtype) => Ok(essence),
        _ => Err(Error::invalid("the content type is not of the form `type/subtype`")),
    }
}

fn by_extension(name: &ArtifactName) -> Option<&'static str> {
    let (_, extension) = name.file_name().rsplit_once('.')?;
    BY_EXTENSION.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension)).map(|(_, found)| *found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    fn of(name: &str, hint: Option<&str>, bytes: &[u8]) -> String {
        let mut sniffer = ContentSniffer::default();
        bytes.chunks(3).for_each(|chunk| sniffer.update(chunk));
        sniffer.content_type(&name.parse().unwrap(), hint)
    }

    #[test]
    fn bytes_speak_before_names() {
        assert_eq!(of("a.png", None, PNG), "image/png");
        assert_eq!(of("a.html", None, PNG), "image/png");
        assert_eq!(of("a.png", None, b"<svg onload=alert(1)>"), "text/plain");
        assert_eq!(of("a.png", None, b"\0\x01\x02"), "application/octet-stream");
        assert_eq!(of("a.txt", None, b"MZ\0\x01"), "application/vnd.microsoft.portable-executable");
        assert_eq!(of("a.txt", None, b"<html>\0"), "application/octet-stream");
        assert_eq!(of("a", None, b"%PDF-1.7\n\xe2\xe3"), "application/pdf");
    }

    #[test]
    fn text_is_told_by_its_name() {
        assert_eq!(of("notes/A.MD", None, b"<p align=center>"), "text/markdown");
        assert_eq!(of("a.svg", None, b"<?xml version='1.0'?><svg/>"), "image/svg+xml");
        assert_eq!(of("a.csv", None, "größe;1".as_bytes()), "text/csv");
        assert_eq!(of("a.txt", None, b"<!DOCTYPE html><script>"), "text/html");
        assert_eq!(of("a.txt", None, b"BMW is a car"), "text/plain");
        assert_eq!(of("md", None, b""), "text/plain");
    }

    #[test]
    fn a_hint_counts_where_nothing_is_known_and_never_shows_anything() {
        assert_eq!(of("a.typ", Some("text/x-typst"), b"= title"), "text/x-typst");
        assert_eq!(of("a.bin", Some("application/x-model"), b"\0\x01"), "application/x-model");
        assert_eq!(of("a.bin", Some("image/png"), b"\0\x01"), "application/octet-stream");
        assert_eq!(of("a.bin", Some("text/plain"), b"\0\x01"), "application/octet-stream");
        assert_eq!(of("a.png", Some("text/html"), PNG), "image/png");
        assert_eq!(of("a.typ", Some("Text/X-Typst; charset=utf-8"), b"= title"), "text/x-typst");
        assert_eq!(of("a.typ", Some("text/x\r\nset-cookie: a=b"), b"= title"), "text/plain");
        assert_eq!(of("a.bin", Some("IMAGE/PNG"), b"\0\x01"), "application/octet-stream");
    }

    #[test]
    fn hints_are_checked() {
        assert_eq!(check_hint("Text/HTML; charset=utf-8").unwrap(), "text/html");
        for hint in ["", "text", "text/", "/html", "text/a b", "text/a\r\nx: y", "täxt/html"] {
            let error = check_hint(hint).unwrap_err();
            assert_eq!(error.to_string(), "the content type is not of the form `type/subtype`", "{hint}");
        }
    }
}
