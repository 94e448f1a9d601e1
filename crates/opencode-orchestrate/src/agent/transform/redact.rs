//! Masks secrets.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::TextTransform;
use super::automaton::{Automaton, ROOT};

/// What stands in place of a secret.
const MASK: &str = "[redacted]";

/// Masks secrets: wherever one of them stands, as it was given, letter by letter, there is a mask.
///
/// Every letter of every secret that is found is masked. Where secrets overlap there is one mask for all of them.
/// Only what may be the beginning of a secret is held back, and given out when the text goes on in another way or ends.
///
/// A secret is not found where the model writes it in another form, such as Base64, or in two parts of an answer. In a
/// chain it belongs behind what takes something out, which may put a secret together.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::agent::transform::{Redact, TextTransform as _};
///
/// let mut redact = Redact::new(["hunter2", "hunter22"]);
/// let mut text = String::new();
/// for delta in ["The password is hun", "ter2", "2, hunter."] {
///     redact.push(delta, &mut text);
/// }
/// redact.flush(&mut text);
/// assert_eq!(text, "The password is [redacted], hunter.");
/// ```
#[derive(Clone)]
pub struct Redact {
    secrets: Arc<Secrets>,
    mask: Arc<str>,
    /// Where the automaton is.
    at: u32,
    /// What was read lately: at least all that is held back.
    read: String,
    /// How much of it is given out or masked.
    done: usize,
    /// The secrets in it that are not masked yet, as places in it.
    // Invariant: in order, none touches another, and none begins before what is done.
    found: VecDeque<Range<usize>>,
}

struct Secrets {
    strings: Vec<String>,
    automaton: Automaton,
}

impl Redact {
    /// Masks these secrets by `[redacted]`. Empty ones are passed over.
    #[must_use]
    pub fn new<S: Into<String>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let strings: Vec<String> =
            secrets.into_iter().map(Into::into).filter(|secret: &String| !secret.is_empty()).collect();
        let automaton = Automaton::new(strings.iter().map(String::as_bytes));
        let redact = Self {
            secrets: Arc::new(Secrets { strings, automaton }),
            mask: Arc::from(""),
            at: ROOT,
            read: String::new(),
            done: 0,
            found: VecDeque::new(),
        };
        redact.with_mask(MASK)
    }

    /// Sets the mask. One that is empty, or could make up a secret with what stands beside it, is replaced by a block
    /// that is in none of them.
    #[must_use]
    pub fn with_mask(mut self, mask: &str) -> Self {
        let clashes = |mask: &str| self.secrets.strings.iter().any(|secret| clashes(mask, secret));
        self.mask = if !mask.is_empty() && !clashes(mask) {
            Arc::from(mask)
        } else {
            let blocks = ('\u{2588}'..).map(String::from).find(|block| !clashes(block));
            Arc::from(blocks.unwrap_or_default())
        };
        self
    }

    /// A secret has ended with the last byte that was looked at.
    fn find(&mut self, mut found: Range<usize>) {
        while let Some(last) = self.found.back().filter(|last| last.end > found.start) {
            found.start = found.start.min(last.start);
            self.found.pop_back();
        }
        if found.start < self.done {
            // Nothing begins in what was given out as text, so it begins in a secret that is masked.
            self.done = found.end;
        } else {
            self.found.push_back(found);
        }
    }

    /// Gives out what is certain: everything before `safe`, because no secret that is found later begins there.
    fn give(&mut self, safe: usize, out: &mut String) {
        while let Some(next) = self.found.front().filter(|next| next.start <= safe).cloned() {
            out.push_str(&self.read[self.done..next.start]);
            out.push_str(&self.mask);
            self.done = next.end;
            self.found.pop_front();
        }
        if self.done < safe {
            out.push_str(&self.read[self.done..safe]);
            self.done = safe;
        }
        // Not each time: what stays has to be moved, and may be as long as a secret.
        if safe > self.read.len() / 2 {
            self.read.drain(..safe);
            self.done -= safe;
            for found in &mut self.found {
                *found = found.start - safe..found.end - safe;
            }
        }
    }
}

/// Whether a secret may stand in a text because a mask does.
fn clashes(mask: &str, secret: &str) -> bool {
    let ends_meet = |one: &str, other: &str| one.char_indices().any(|(at, _)| other.starts_with(&one[at..]));
    mask.contains(secret) || secret.contains(mask) || ends_meet(mask, secret) || ends_meet(secret, mask)
}

impl TextTransform for Redact {
    fn push(&mut self, delta: &str, out: &mut String) {
        let secrets = Arc::clone(&self.secrets);
        let automaton = &secrets.automaton;
        let mut delta = delta;
        if self.read.is_empty() {
            // Nearly everything is nothing of the kind.
            let plain = delta.bytes().position(|byte| automaton.begins(byte)).unwrap_or(delta.len());
            let (before, rest) = delta.split_at(plain);
            out.push_str(before);
            delta = rest;
        }
        let known = self.read.len();
        self.read.push_str(delta);
        for (index, byte) in delta.bytes().enumerate() {
            self.at = automaton.step(self.at, byte);
            if let Some(longest) = automaton.longest(self.at) {
                let end = known + index + 1;
                self.find(end - longest..end);
            }
        }
        self.give(self.read.len() - automaton.depth(self.at), out);
    }

    fn flush(&mut self, out: &mut String) {
        self.give(self.read.len(), out);
        self.read.clear();
        self.done = 0;
        self.at = ROOT;
    }
}

impl fmt::Debug for Redact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Redact").field("secrets", &self.secrets.strings.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cuts::{assert_every_cut, cut, deltas};
    use super::*;

    fn redact(secrets: &[&str]) -> Redact {
        Redact::new(secrets.iter().copied()).with_mask("*")
    }

    /// Masks every letter of every secret in the dullest way: one mask for those that overlap.
    fn masked(secrets: &[&str], text: &str) -> String {
        let mut found: Vec<Range<usize>> = Vec::new();
        for start in 0..text.len() {
            let rest = &text.as_bytes()[start..];
            let lengths =
                secrets.iter().map(|secret| secret.as_bytes()).filter(|secret| rest.starts_with(secret));
            let Some(longest) = lengths.map(<[u8]>::len).max().filter(|&longest| longest > 0) else {
                continue;
            };
            match found.last_mut() {
                Some(last) if start < last.end => last.end = last.end.max(start + longest),
                _ => found.push(start..start + longest),
            }
        }
        let (mut out, mut from) = (String::new(), 0);
        for secret in found {
            out.push_str(&text[from..secret.start]);
            out.push('*');
            from = secret.end;
        }
        out + &text[from..]
    }

    #[test]
    fn secrets_are_masked_whole() {
        for (secrets, text, expected) in [
            (&["abc"][..], "xabcx", "x*x"),
            (&["abc", "abcde"], "abcdx abcde", "*dx *"),
            (&["abc", "cde"], "abcde", "*"),
            (&["ab", "bc", "cd"], "abcd ab", "* *"),
            (&["aa"], "aaaaa a", "* a"),
            (&["ab"], "abab", "**"),
            (&["bc", "abcd"], "abcx abcd", "a*x *"),
            (&["b", "bcd", "abce"], "abcd", "a*"),
            (&["größe"], "große größe", "große *"),
            (&["", "x"], "axb", "a*b"),
            (&[], "abc", "abc"),
        ] {
            assert_eq!(masked(secrets, text), expected, "{text}");
            assert_every_cut(|| redact(secrets), text, expected);
        }
    }

    #[test]
    fn only_what_may_become_a_secret_is_held_back() {
        for (text, told) in
            [("x", "x"), ("xa", "x"), ("xab", "x"), ("xax", "xax"), ("xabab", "xab"), ("xabc", "x*")]
        {
            let mut out = String::new();
            redact(&["abc", "abd"]).push(text, &mut out);
            assert_eq!(out, told, "{text}");
        }
    }

    #[test]
    fn a_mask_never_makes_up_a_secret() {
        for (secrets, text) in [
            (&["dact"][..], "dact"),
            (&["a]"], "a] a]"),
            (&["x[", "key"], "xkey"),
            (&["]y", "key"], "keyy"),
            (&["p[redacted]q", "key"], "pkeyq"),
        ] {
            let shown = cut(&mut Redact::new(secrets.iter().copied()), [text]);
            assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{shown}");
        }
        let shown = cut(&mut Redact::new(["ab"]).with_mask(""), ["aabb"]);
        assert_eq!(shown, "a\u{2588}b");
    }

    #[test]
    fn nothing_shows_a_secret_that_it_looks_for() {
        let mut redact = Redact::new(["hunter2"]);
        redact.push("hunter", &mut String::new());
        assert!(!format!("{redact:?}").contains("hunt"));
    }

    #[test]
    fn a_megabyte_in_single_bytes_is_looked_at_once() {
        let secret = format!("{}b", "a".repeat(50_000));
        let (mut redact, mut out) = (redact(&[&secret]), String::new());
        for _ in 0..1_000_000 {
            redact.push("a", &mut out);
        }
        assert_eq!(out.len(), 950_000);
        redact.push("b", &mut out);
        assert_eq!(out.len(), 950_001);
    }

    proptest! {
        #[test]
        fn a_text_is_masked_alike_however_it_is_cut(
            secrets in prop::collection::vec("[abü]{1,5}", 0..5), text in "[abcü]{0,40}", cuts in deltas()
        ) {
            let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
            let shown = cut(&mut redact(&secrets), cuts.of(&text));
            prop_assert!(secrets.iter().all(|secret| !shown.contains(secret)));
            prop_assert_eq!(shown, masked(&secrets, &text));
        }

        #[test]
        fn no_more_is_held_back_than_may_be_a_secret(secret in "[ab]{1,6}", text in "[abc]{0,30}") {
            let (mut redact, mut out) = (redact(&[&secret]), String::new());
            redact.push(&text, &mut out);
            let mut whole = out.clone();
            redact.flush(&mut whole);
            let held = &whole[out.len()..];
            let beginnings = (0..secret.len()).map(|length| &secret[..length]);
            let mut open = beginnings.filter(|beginning| text.ends_with(beginning));
            prop_assert!(open.any(|beginning| beginning.ends_with(held)), "{:?} is held back", held);
        }
    }
}
