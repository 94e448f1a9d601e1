//! Ways to cut a text into deltas, for tests.

use proptest::prelude::*;

use super::TextTransform;

/// Where a text is cut, as shares of what is left of it.
#[derive(Debug, Clone)]
pub(super) struct Cuts(Vec<prop::sample::Index>);

pub(super) fn deltas() -> impl Strategy<Value = Cuts> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..12).prop_map(Cuts)
}

impl Cuts {
    pub(super) fn of<'a>(&self, text: &'a str) -> Vec<&'a str> {
        let mut deltas = Vec::new();
        let mut rest = text;
        for index in &self.0 {
            let mut at = index.index(rest.len() + 1);
            while !rest.is_char_boundary(at) {
                at -= 1;
            }
            let (delta, behind) = rest.split_at(at);
            deltas.push(delta);
            rest = behind;
        }
        deltas.push(rest);
        deltas
    }
}

/// What becomes of deltas, put together.
pub(super) fn cut<'a>(
    transform: &mut impl TextTransform,
    deltas: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut out = String::new();
    for delta in deltas {
        transform.push(delta, &mut out);
    }
    transform.flush(&mut out);
    out
}

/// Cuts a text once at every place, and at all places.
pub(super) fn assert_every_cut<T: TextTransform>(make: impl Fn() -> T, text: &str, expected: &str) {
    for at in (0..=text.len()).filter(|&at| text.is_char_boundary(at)) {
        let (before, behind) = text.split_at(at);
        assert_eq!(cut(&mut make(), [before, behind]), expected, "{before:?} and {behind:?}");
    }
    let letters = text.split_inclusive(|_: char| true);
    assert_eq!(cut(&mut make(), letters), expected, "{text:?} letter by letter");
}
