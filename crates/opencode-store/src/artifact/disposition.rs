//! How an artifact may be handed to a browser.

use std::fmt::Write as _;

use super::{Artifact, ArtifactName};

/// What a browser shows without running anything in it. HTML, SVG, XML and PDF may hold scripts.
const INLINE: [&str; 6] = ["image/avif", "image/gif", "image/jpeg", "image/png", "image/webp", "text/plain"];

impl Artifact {
    /// Whether a browser may show it on a page of the host: a picture without scripts or plain text, told by its bytes
    /// and not by its name. Everything else is to be downloaded.
    ///
    /// [`headers`](Self::headers) are all that is to be sent with it.
    #[must_use]
    pub fn is_inline_safe(&self) -> bool {
        is_inline_safe(&self.content_type)
    }

    /// The value of the header `Content-Disposition`: `inline` if that is wanted and safe, else `attachment`.
    ///
    /// The last part of the name is given as RFC 6266 says. Characters that turn the direction of text are replaced,
    /// because they make one ending look like another.
    #[must_use]
    pub fn content_disposition(&self, inline: bool) -> String {
        self.disposition(inline && self.is_inline_safe())
    }

    /// The same for whoever knows that it is safe.
    pub(super) fn disposition(&self, inline: bool) -> String {
        content_disposition(&self.name, inline)
    }
}

pub(super) fn is_inline_safe(content_type: &str) -> bool {
    INLINE.contains(&content_type)
}

fn content_disposition(name: &ArtifactName, inline: bool) -> String {
    let name: String =
        name.file_name().chars().map(|character| if turns(character) { '_' } else { character }).collect();
    // Percent signs are replaced too: some browsers decode them here.
    let plain: String = name
        .chars()
        .map(|character| match character {
            '"' | '%' => '_',
            ' '..='~' => character,
            _ => '_',
        })
        .collect();
    let mut header = format!("{}; filename=\"{plain}\"", if inline { "inline" } else { "attachment" });
    if plain != name {
        header.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                header.push(char::from(byte));
            } else {
                let _ = write!(header, "%{byte:02X}");
            }
        }
    }
    header
}

/// Marks, embeddings, overrides and isolates of the direction of text.
const fn turns(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, inline: bool) -> String {
        content_disposition(&name.parse().unwrap(), inline)
    }

    #[test]
    fn only_the_list_is_shown() {
        assert!(is_inline_safe("image/png") && is_inline_safe("text/plain"));
        for content_type in [
            "text/html",
            "image/svg+xml",
            "application/xml",
            "text/javascript",
            "application/pdf",
            "",
            "image/*",
        ] {
            assert!(!is_inline_safe(content_type), "{content_type}");
        }
    }

    #[test]
    fn names_are_escaped() {
        insta::assert_snapshot!(header("reports/summary.md", false), @r#"attachment; filename="summary.md""#);
        insta::assert_snapshot!(header("a.png", true), @r#"inline; filename="a.png""#);
        insta::assert_snapshot!(header(r#"a"; x="b.txt"#, false), @r#"attachment; filename="a_; x=_b.txt"; filename*=UTF-8''a%22%3B%20x%3D%22b.txt"#);
        insta::assert_snapshot!(header("größe 50%.csv", false), @r#"attachment; filename="gr__e 50_.csv"; filename*=UTF-8''gr%C3%B6%C3%9Fe%2050%25.csv"#);
        insta::assert_snapshot!(header("invoice\u{202e}fdp.exe", false), @r#"attachment; filename="invoice_fdp.exe""#);
    }
}
