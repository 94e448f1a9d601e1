//! Wildcards as the server reads them.

use std::fmt;

/// A pattern with wildcards, which means what it means in the server's own rules.
///
/// | in the pattern | what it matches |
/// |---|---|
/// | `*` | any text: none, `/` and line breaks too |
/// | `?` | one UTF-16 code unit, whichever: most emoji are two |
/// | ` *` at the end | nothing at all, or a space and any text: `git *` matches `git` and `git status`, and not `github` |
/// | `\` | the same as `/`, in the target too: there is no way to take the meaning from a `*` |
/// | anything else | itself, in the same case; a `~` as well |
///
/// It matches a target as a whole. The integration tests try every line on the real server.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    text: Box<str>,
    units: Box<[Unit]>,
}

/// A target as the server compares it.
#[derive(Debug)]
pub(super) struct Target(Vec<u16>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Any text.
    Any,
    /// One code unit.
    One,
    /// This code unit.
    Exactly(u16),
}

impl Target {
    pub(super) fn new(text: &str) -> Self {
        Self(code_units(text).collect())
    }
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let units = code_units(text).map(|unit| match char::from_u32(unit.into()) {
            Some('*') => Unit::Any,
            Some('?') => Unit::One,
            _ => Unit::Exactly(unit),
        });
        Self { units: units.collect(), text: text.into() }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches the whole of a target. Takes at most the product of both lengths.
    pub(super) fn matches(&self, target: &Target) -> bool {
        let is_match = |units| is_match(units, &target.0);
        let without_end = self.units.strip_suffix(&[Unit::Exactly(b' '.into()), Unit::Any]);
        is_match(&self.units) || without_end.is_some_and(is_match)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(formatter)
    }
}

/// The server makes no difference between the separators of paths.
fn code_units(text: &str) -> impl Iterator<Item = u16> {
    let slash = u16::from(b'/');
    text.encode_utf16().map(move |unit| if unit == u16::from(b'\\') { slash } else { unit })
}

/// Goes back to the last `*` alone: whatever the ones before it took, it can take too.
fn is_match(pattern: &[Unit], target: &[u16]) -> bool {
    let (mut at, mut next) = (0, 0);
    // Where to go on in the pattern behind the last `*`, and where what it takes has ended.
    let mut last_any: Option<(usize, usize)> = None;
    while next < target.len() {
        match pattern.get(at) {
            Some(Unit::Any) => {
                at += 1;
                last_any = Some((at, next));
                continue;
            }
            Some(Unit::One) => {}
            Some(Unit::Exactly(unit)) if *unit == target[next] => {}
            _ => {
                let Some((behind, taken)) = &mut last_any else { return false };
                *taken += 1;
                (at, next) = (*behind, *taken);
                continue;
            }
        }
        (at, next) = (at + 1, next + 1);
    }
    pattern[at..].iter().all(|unit| *unit == Unit::Any)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, target: &str) -> bool {
        Pattern::new(pattern).matches(&Target::new(target))
    }

    /// What the server does, said as simply as possible: by trying everything.
    fn reference(pattern: &str, target: &str) -> bool {
        fn go(pattern: &[u16], target: &[u16]) -> bool {
            const ANY: u16 = b'*' as u16;
            const ONE: u16 = b'?' as u16;
            match (pattern, target) {
                ([], []) => true,
                ([ANY, rest @ ..], _) => (0..=target.len()).any(|taken| go(rest, &target[taken..])),
                ([ONE, rest @ ..], [_, others @ ..]) => go(rest, others),
                ([unit, rest @ ..], [other, others @ ..]) => unit == other && go(rest, others),
                _ => false,
            }
        }
        let units = |text: &str| text.replace('\\', "/").encode_utf16().collect::<Vec<_>>();
        let target = units(target);
        go(&units(pattern), &target)
            || pattern.strip_suffix(" *").is_some_and(|short| go(&units(short), &target))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn it_matches_what_the_server_matches(
            pattern in "[a /\\\\*?\n😀]{0,6}( \\*)?",
            target in "[a /\\\\*\n😀]{0,8}",
        ) {
            prop_assert_eq!(matches(&pattern, &target), reference(&pattern, &target));
        }

        #[test]
        fn without_wildcards_it_matches_itself_alone(text in "[^*?\\\\]{0,20}", other in "[^*?\\\\]{0,20}") {
            prop_assert!(matches(&text, &text));
            prop_assert_eq!(matches(&text, &other), text == other);
        }

        #[test]
        fn what_is_filled_in_is_matched(pieces in prop::collection::vec(".{0,6}", 1..5), taken in ".{0,6}") {
            let pattern = pieces.join("*");
            let target = pieces.join(&taken).replace('*', "x").replace('?', "y");
            prop_assert!(matches(&pattern, &target));
        }
    }

    /// Trying everything would take longer than the universe has been there.
    #[test]
    fn hostile_targets_take_no_more_than_long_ones() {
        let many = "a".repeat(200_000);
        assert!(!matches(&"*a".repeat(20), &format!("{many}b")));
        assert!(!matches(&format!("{}b *", "a*".repeat(20)), &many));
        assert!(matches(&"*".repeat(1000), &many));
        assert!(!matches(&"?".repeat(1000), &many));
    }
}
