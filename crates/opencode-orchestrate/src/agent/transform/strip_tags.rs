//! Takes out tags that people are not to see.

use std::sync::Arc;

use super::TextTransform;

/// How many bytes a tag may have, from its `<` to the end of its `</name>`.
const LIMIT: usize = 64 * 1024;

/// Takes out tags with all that is in them: `<name …>…</name>`, and `<name …/>`.
///
/// Plug-ins make models print such tags for each other. Everything else that looks like a tag stays, and so does the
/// white space around one that is taken out.
///
/// Names are compared as they are written. A tag ends with the first `</name>`. A name that is empty, or has white
/// space, `<`, `>` or `/` in it, is no tag's name and never found.
///
/// Nothing that the model has said is lost for want of an end: what is not closed when the text ends, or within the
/// [limit](Self::with_limit), is text and given out.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::agent::transform::{StripTags, TextTransform as _};
///
/// let mut tags = StripTags::new(["dcp-message-id"]);
/// let mut text = String::new();
/// for delta in ["1 <2 and <b>bold</b><dcp-mess", "age-id>m0042</dcp-message", "-id>."] {
///     tags.push(delta, &mut text);
/// }
/// tags.flush(&mut text);
/// assert_eq!(text, "1 <2 and <b>bold</b>.");
/// ```
#[derive(Debug, Clone)]
pub struct StripTags {
    names: Arc<[String]>,
    limit: usize,
    /// What is held back: from the `<` of what may be a tag.
    held: String,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Nothing is held back.
    Text,
    /// A `<` and perhaps the beginning of a name.
    Name,
    /// An opening tag behind its name.
    Opening { name: usize },
    /// The content of a tag.
    Content { name: usize },
    /// The beginning of the end of a tag, of that many bytes.
    Closing { name: usize, matched: usize },
}

impl StripTags {
    /// Takes out tags with these names.
    #[must_use]
    pub fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        let names = names.into_iter().map(Into::into).filter(|name: &String| !name.is_empty()).collect();
        Self { names, limit: LIMIT, held: String::new(), state: State::Text }
    }

    /// Sets how many bytes a tag may have with its content: 65,536 by default. Of a longer one everything up to there
    /// is text, and what comes behind is looked at anew.
    #[must_use]
    pub const fn with_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Takes one character of what may be a tag. `false` when it is none: then the character is not taken.
    fn take(&mut self, next: char) -> bool {
        self.state = match self.state {
            State::Text => return false,
            State::Name => {
                let so_far = &self.held[1..];
                if matches!(next, '>' | '/') || next.is_whitespace() {
                    match self.names.iter().position(|name| name == so_far) {
                        Some(name) if next == '>' => State::Content { name },
                        Some(name) => State::Opening { name },
                        None => return false,
                    }
                } else {
                    let goes_on =
                        |name: &String| name.strip_prefix(so_far).is_some_and(|rest| rest.starts_with(next));
                    if next == '<' || !self.names.iter().any(goes_on) {
                        return false;
                    }
                    State::Name
                }
            }
            State::Opening { .. } if next == '<' => return false,
            State::Opening { .. } if next == '>' && self.held.ends_with('/') => {
                self.held.clear();
                self.state = State::Text;
                return true;
            }
            State::Opening { name } if next == '>' => State::Content { name },
            State::Opening { name } => State::Opening { name },
            State::Content { name } | State::Closing { name, .. } if next == '<' => {
                State::Closing { name, matched: 1 }
            }
            State::Content { name } => State::Content { name },
            State::Closing { name, matched } => {
                let ending = self.names[name].as_str();
                if matched == 1 && next == '/' {
                    State::Closing { name, matched: 2 }
                } else if matched >= 2 && ending[matched - 2..].starts_with(next) {
                    State::Closing { name, matched: matched + next.len_utf8() }
                } else if matched == 2 + ending.len() && next == '>' {
                    self.held.clear();
                    self.state = State::Text;
                    return true;
                } else if matched == 2 + ending.len() && next.is_whitespace() {
                    self.state
                } else {
                    State::Content { name }
                }
            }
        };
        self.held.push(next);
        true
    }
}

impl TextTransform for StripTags {
    fn push(&mut self, delta: &str, out: &mut String) {
        let mut rest = delta;
        while let Some(next) = rest.chars().next() {
            if matches!(self.state, State::Text) {
                let plain = rest.find('<').unwrap_or(rest.len());
                out.push_str(&rest[..plain]);
                rest = &rest[plain..];
                if !rest.is_empty() {
                    self.held.push('<');
                    self.state = State::Name;
                    rest = &rest[1..];
                }
                continue;
            }
            if self.take(next) {
                rest = &rest[next.len_utf8()..];
                // What was looked at is not looked at again: a text full of such beginnings would cost its square.
                if self.held.len() >= self.limit {
                    self.flush(out);
                }
            } else {
                self.flush(out);
            }
        }
    }

    fn flush(&mut self, out: &mut String) {
        out.push_str(&self.held);
        self.held.clear();
        self.state = State::Text;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cuts::{assert_every_cut, cut, deltas};
    use super::*;

    fn tags() -> StripTags {
        StripTags::new(["dcp-message-id", "dcp", "é"])
    }

    fn whole(tags: &StripTags, text: &str) -> String {
        cut(&mut tags.clone(), [text])
    }

    #[test]
    fn tags_go_with_what_is_in_them_and_nothing_else_does() {
        for (text, expected) in [
            ("", ""),
            ("a<dcp>x</dcp>b", "ab"),
            ("a<dcp-message-id>m1</dcp-message-id>b", "ab"),
            ("<dcp a=\"1\" b>x</dcp\n >.", "."),
            ("<dcp/><dcp /><dcp a/>.", "."),
            ("<dcp>a<b>c</b></dc</dcp>.", "."),
            ("<dcp>a<</dcp>.", "."),
            ("<dcp></dcp-message-id></dcp>.", "."),
            ("<dcp><dcp></dcp></dcp>", "</dcp>"),
            ("<é>ü</é>ö", "ö"),
            ("<<dcp>x</dcp>>", "<>"),
            ("<dcp <dcp>x</dcp>", "<dcp "),
            (
                "1 < 2 <b>bold</b> <dcpx>y</dcpx> </dcp> <> </>",
                "1 < 2 <b>bold</b> <dcpx>y</dcpx> </dcp> <> </>",
            ),
            ("Vec<dcp_t> and a<dcp", "Vec<dcp_t> and a<dcp"),
            ("never <dcp>closed </dcp", "never <dcp>closed </dcp"),
        ] {
            assert_eq!(whole(&tags(), text), expected, "{text}");
            assert_every_cut(tags, text, expected);
        }
    }

    #[test]
    fn only_what_may_become_a_tag_is_held_back() {
        for (text, held) in
            [("a", 0), ("a<", 1), ("a<b", 0), ("a<dcp-me", 7), ("a<dcp-mo", 0), ("a<dcp>x", 6)]
        {
            let mut tags = tags();
            let mut out = String::new();
            tags.push(text, &mut out);
            assert_eq!(text.len() - out.len(), held, "{text}");
        }
    }

    #[test]
    fn a_tag_that_is_never_closed_is_given_out_at_its_limit() {
        let tags = || tags().with_limit(12);
        let text = "a<dcp>12345678<dcp>x</dcp>b";
        assert_eq!(whole(&tags(), text), "a<dcp>12345678b");
        assert_every_cut(tags, text, "a<dcp>12345678b");
        let (mut tags, mut out) = (tags(), String::new());
        tags.push("<dcp>123456", &mut out);
        assert_eq!(out, "");
        tags.push("7", &mut out);
        assert_eq!(out, "<dcp>1234567");
    }

    #[test]
    fn the_next_text_begins_anew() {
        let (mut tags, mut out) = (tags(), String::new());
        tags.push("<dcp>", &mut out);
        tags.flush(&mut out);
        tags.push("x</dcp>", &mut out);
        assert_eq!(out, "<dcp>x</dcp>");
    }

    #[test]
    fn a_megabyte_of_beginnings_in_single_bytes_is_looked_at_once() {
        let (mut tags, mut length) = (tags(), 0);
        let mut out = String::new();
        for byte in "<dcp>".chars().cycle().take(1_000_000) {
            tags.push(byte.encode_utf8(&mut [0; 4]), &mut out);
            length += out.len();
            out.clear();
        }
        tags.flush(&mut out);
        assert_eq!(length + out.len(), 1_000_000);
    }

    /// Texts made of what tags are made of.
    fn text() -> impl Strategy<Value = String> {
        let words =
            ["<", ">", "/", "</", "dcp", "-message-id", "<dcp>", "</dcp>", "<dcp-message-id>", "é", " ", "a"];
        prop::collection::vec(prop::sample::select(words.to_vec()), 0..24).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn a_text_says_the_same_however_it_is_cut(text in text(), cuts in deltas(), limit in 1..40_usize) {
            let tags = tags().with_limit(limit);
            prop_assert_eq!(cut(&mut tags.clone(), cuts.of(&text)), whole(&tags, &text));
        }

        #[test]
        fn text_without_the_names_stays_as_it_is(text in "[<>/a-c é]{0,40}") {
            prop_assert_eq!(whole(&StripTags::new(["dcp"]), &text), text);
        }
    }
}
