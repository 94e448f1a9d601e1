//! The headers with which an artifact is handed to a browser.

use super::Artifact;
use super::content_type::{UNKNOWN, check_hint};

/// Nothing is run, nothing is loaded, and nothing belongs to the host's origin.
const DOWNLOAD_POLICY: &str = "default-src 'none'; sandbox";
/// Browsers put pictures and text into pages of their own, and style these by what is written in them.
const INLINE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/// A page with its own styles, pictures and letters in it, which runs nothing and reaches nobody.
const RENDERED_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; \
                               base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox";

/// How an artifact is to be handed to a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Show {
    /// The browser stores it and shows nothing.
    #[default]
    Download,
    /// The browser shows it, if that is safe; else it stores it.
    Inline,
}

/// The headers with which an artifact is served, besides those of HTTP itself such as `Content-Length`.
///
/// Names are in small letters. Values are visible ASCII and spaces, whatever the artifact is called.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct ServingHeaders([(&'static str, String); 6]);

impl ServingHeaders {
    fn new(artifact: &Artifact, disposition: String, policy: &str) -> Self {
        Self([
            ("content-type", content_type(artifact)),
            ("content-disposition", disposition),
            ("content-security-policy", policy.to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("cross-origin-resource-policy", "same-origin".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
        ])
    }

    /// The value of a header, whose name is given in small letters.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Names and values, each name once.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

impl IntoIterator for ServingHeaders {
    type Item = (&'static str, String);
    type IntoIter = std::array::IntoIter<(&'static str, String), 6>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Artifact {
    /// All that a host sends with the bytes, so that nothing that an agent wrote runs on a page of the host.
    ///
    /// [`Show::Inline`] shows what [`is_inline_safe`](Self::is_inline_safe) allows, and everything else is downloaded.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn serve(artifact: &opencode_store::artifact::Artifact) {
    /// use opencode_store::artifact::Show;
    ///
    /// let headers = artifact.headers(Show::Inline);
    /// assert_eq!(headers.get("x-content-type-options"), Some("nosniff"));
    /// for (name, value) in headers {
    ///     println!("{name}: {value}");
    /// }
    /// # }
    /// ```
    pub fn headers(&self, show: Show) -> ServingHeaders {
        let inline = show == Show::Inline && self.is_inline_safe();
        let policy = if inline { INLINE_POLICY } else { DOWNLOAD_POLICY };
        ServingHeaders::new(self, self.content_disposition(inline), policy)
    }

    /// The headers with which bytes that the host itself has rendered are shown, also HTML and SVG: styles, pictures
    /// and letters that are written in them work, and scripts, forms and everything from elsewhere do not. Pages of the
    /// host's own origin may frame them.
    ///
    /// Only for an artifact whose [`trust`](Self::trust) was verified to be the host's. Whatever an agent wrote has
    /// [`headers`](Self::headers).
    pub fn rendered_headers(&self) -> ServingHeaders {
        ServingHeaders::new(self, self.disposition(true), RENDERED_POLICY)
    }
}

/// What is stored, if it can be said in a header. All that is told to be text was seen to be UTF-8, and must not be read
/// in an encoding in which other bytes are tags.
fn content_type(artifact: &Artifact) -> String {
    let essence = check_hint(&artifact.content_type).unwrap_or_else(|_| UNKNOWN.to_owned());
    let is_text = essence.starts_with("text/") || essence.ends_with("json") || essence.ends_with("xml");
    if is_text { essence + "; charset=utf-8" } else { essence }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::artifact::{Digest, NewArtifact};
    use crate::turn::TurnId;

    fn artifact(name: &str, content_type: &str) -> Artifact {
        let name = name.parse().unwrap();
        let new = NewArtifact::new(TurnId::new(1), name, content_type, 1, Digest::of(b"x"), "key");
        Artifact::new(&new, 1, jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH)
    }

    /// What tells one content type from another, in one line.
    fn line(headers: &ServingHeaders) -> String {
        let value = |name| headers.get(name).unwrap();
        let disposition = value("content-disposition").split(';').next().unwrap();
        let policy = match value("content-security-policy") {
            DOWNLOAD_POLICY => "download",
            INLINE_POLICY => "inline",
            RENDERED_POLICY => "rendered",
            other => other,
        };
        format!("{} | {disposition} | {policy}", value("content-type"))
    }

    #[test]
    fn every_header_is_there() {
        let mut text = String::new();
        let page = artifact("a.html", "text/html");
        let picture = artifact("a.png", "image/png");
        for headers in [page.headers(Show::default()), picture.headers(Show::Inline), page.rendered_headers()]
        {
            for (name, value) in headers {
                text += &format!("{name}: {value}\n");
            }
            text += "\n";
        }
        insta::assert_snapshot!(text, @r#"
        content-type: text/html; charset=utf-8
        content-disposition: attachment; filename="a.html"
        content-security-policy: default-src 'none'; sandbox
        x-content-type-options: nosniff
        cross-origin-resource-policy: same-origin
        referrer-policy: no-referrer

        content-type: image/png
        content-disposition: inline; filename="a.png"
        content-security-policy: default-src 'none'; style-src 'unsafe-inline'; sandbox
        x-content-type-options: nosniff
        cross-origin-resource-policy: same-origin
        referrer-policy: no-referrer

        content-type: text/html; charset=utf-8
        content-disposition: inline; filename="a.html"
        content-security-policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox
        x-content-type-options: nosniff
        cross-origin-resource-policy: same-origin
        referrer-policy: no-referrer
        "#);
    }

    #[test]
    fn w56_what_may_run_is_downloaded_whoever_wants_to_see_it() {
        let types = [
            "application/javascript",
            "application/json",
            "application/octet-stream",
            "application/pdf",
            "application/xhtml+xml",
            "application/xml",
            "image/avif",
            "image/gif",
            "image/jpeg",
            "image/png",
            "image/svg+xml",
            "image/webp",
            "text/css",
            "text/csv",
            "text/html",
            "text/javascript",
            "text/markdown",
            "text/plain",
            "IMAGE/PNG",
            "image/png\r\nx: y",
            "",
        ];
        let lines: Vec<String> = types
            .iter()
            .map(|content_type| line(&artifact("a", content_type).headers(Show::Inline)))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        application/javascript | attachment | download
        application/json; charset=utf-8 | attachment | download
        application/octet-stream | attachment | download
        application/pdf | attachment | download
        application/xhtml+xml; charset=utf-8 | attachment | download
        application/xml; charset=utf-8 | attachment | download
        image/avif | inline | inline
        image/gif | inline | inline
        image/jpeg | inline | inline
        image/png | inline | inline
        image/svg+xml; charset=utf-8 | attachment | download
        image/webp | inline | inline
        text/css; charset=utf-8 | attachment | download
        text/csv; charset=utf-8 | attachment | download
        text/html; charset=utf-8 | attachment | download
        text/javascript; charset=utf-8 | attachment | download
        text/markdown; charset=utf-8 | attachment | download
        text/plain; charset=utf-8 | inline | inline
        image/png | attachment | download
        application/octet-stream | attachment | download
        application/octet-stream | attachment | download
        ");
        for content_type in types {
            let artifact = artifact("a", content_type);
            assert!(line(&artifact.headers(Show::Download)).ends_with("| attachment | download"));
            assert!(line(&artifact.rendered_headers()).ends_with("| inline | rendered"));
        }
    }

    proptest! {
        #[test]
        fn no_name_and_no_type_leaves_its_header(name in any::<String>(), kind in any::<String>()) {
            prop_assume!(name.parse::<crate::artifact::ArtifactName>().is_ok());
            let artifact = artifact(&name, &kind);
            for headers in [artifact.headers(Show::Download), artifact.headers(Show::Inline), artifact.rendered_headers()] {
                for (header, value) in headers {
                    prop_assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header}: {value:?}");
                }
            }
        }
    }
}
