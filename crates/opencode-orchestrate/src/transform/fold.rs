//! When two names look alike.

use unicode_normalization::UnicodeNormalization as _;

use crate::unseen::is_unseen;

/// The last part of a path as people and file systems see it: one text for all that look the same.
///
/// Case, width and other ways to write one letter do not count, nor does what cannot be seen, nor blanks around the name
/// and dots behind it, which Windows drops. Letters of different scripts stay different.
pub(super) fn fold(path: &str) -> String {
    let seen = path.chars().filter(|character| !is_unseen(*character) && !character.is_control());
    // Marks stand apart while the case is changed, because they go with one case of a letter and not with the other.
    let text = seen.nfkd().flat_map(small).collect::<String>();
    // Some characters contain a `/`.
    let text =
        text.trim_end_matches(|character| is_blank(character) || matches!(character, '.' | '/' | '\\'));
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
    name.trim_start_matches(is_blank).to_owned()
}

/// One small form for all forms of a letter. By way of its large form, because `ſ` and `s` share that; and by way of the
/// small form of that first, because `ẞ` has `SS` beside it.
fn small(letter: char) -> impl Iterator<Item = char> {
    letter.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// White space, and the letter of Braille without dots.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{2800}'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_look_alike_are_one() {
        for name in [
            "chart.html",
            "sub/Chart.HTML",
            "a/b/chart.html ",
            "chart.html. . ",
            " chart.html",
            "chart.html\u{a0}",
            "\u{ff43}hart.html",
            "c\u{200b}hart\u{ad}.ht\u{feff}ml",
            "\u{202e}chart.html\u{202c}",
            "chart\u{fe0f}.html\u{e0041}",
            "chart\u{2024}html",
            "x\u{ff0f}chart.html\u{ff0f}",
        ] {
            assert_eq!(fold(name), "chart.html", "{name:?}");
        }
        for (name, folded) in
            [("Stra\u{df}e", "strasse"), ("STRASSE", "strasse"), ("\u{fb01}le", "file"), ("\u{212a}", "k")]
        {
            assert_eq!(fold(name), folded);
        }
    }

    #[test]
    fn names_that_look_different_are_not() {
        for name in
            ["chart.htm", "chart html", ".chart.html", "chart.html.txt", "char\u{442}.html", "html", ""]
        {
            assert_ne!(fold(name), "chart.html", "{name:?}");
        }
    }

    /// Letters with and without case, of several scripts.
    const LETTERS: &str = "[a-zA-Z0-9 ._äöüßéèıſσςΣΩαжЖяЯｃＣﬁŉǰ日한🦀-]{0,20}";
    const UNSEEN: [char; 8] =
        ['\u{200b}', '\u{200d}', '\u{202e}', '\u{2066}', '\u{ad}', '\u{feff}', '\u{fe0f}', '\u{e0020}'];

    /// Also with marks that may join it, or change places.
    #[test]
    fn every_letter_has_one_form() {
        let has_others = |letter: &char| fold(&letter.to_string()) != letter.to_string();
        for letter in ('\0'..='\u{1ffff}').filter(has_others) {
            let (upper, lower) = (letter.to_uppercase().to_string(), letter.to_lowercase().to_string());
            let folded = fold(&letter.to_string());
            assert_eq!((fold(&upper), fold(&lower)), (folded.clone(), folded), "{letter:?}");
            for text in [format!("{letter}"), format!("{letter}\u{301}"), format!("s{letter}\u{323}\u{345}")]
            {
                assert_eq!(fold(&fold(&text)), fold(&text), "{text:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_folded_stays_as_it_is(text in any::<String>()) {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded);
        }

        #[test]
        fn case_does_not_count(text in LETTERS, upper in any::<u32>()) {
            let changed: String = text
                .chars()
                .enumerate()
                .flat_map(|(at, letter)| -> Vec<char> {
                    let is_upper = upper >> (at % 32) & 1 == 1;
                    if is_upper { letter.to_uppercase().collect() } else { letter.to_lowercase().collect() }
                })
                .collect();
            prop_assert_eq!(fold(&changed), fold(&text));
            prop_assert_eq!(fold(&text.to_uppercase()), fold(&text));
            prop_assert_eq!(fold(&text.to_lowercase()), fold(&text));
        }

        #[test]
        fn what_cannot_be_seen_does_not_count(
            text in any::<String>(),
            inserted in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(&UNSEEN[..])), 0..6),
        ) {
            let mut letters: Vec<char> = text.chars().collect();
            for (place, letter) in inserted {
                letters.insert(place.index(letters.len() + 1), letter);
            }
            prop_assert_eq!(fold(&letters.into_iter().collect::<String>()), fold(&text));
        }

        #[test]
        fn folders_and_what_stands_behind_do_not_count(name in "[a-z]{1,8}\\.[a-z]{1,4}", folder in "[a-zA-Z /]{0,8}", behind in "[. ]{0,3}") {
            prop_assert_eq!(fold(&format!("{folder}/{name}{behind}")), name);
        }
    }
}
