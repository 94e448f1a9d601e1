//! How a text grows: from a byte on, and what is there already stays.

/// Adds what is new of `more`, which begins at byte `at` of the text. `false` when it does not fit: there would be a
/// hole, or half a character.
pub(super) fn extend(text: &mut String, at: u64, more: &str) -> bool {
    let Some(known) = usize::try_from(at).ok().and_then(|at| text.len().checked_sub(at)) else {
        return false;
    };
    if known >= more.len() {
        return true;
    }
    let Some(new) = more.get(known..) else { return false };
    text.push_str(new);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_already_stays() {
        let mut text = "Grüß".to_owned();
        assert!(extend(&mut text, 4, "ß dich"));
        assert_eq!(text, "Grüß dich");
        assert!(extend(&mut text, 0, "Grüß"), "it was told before");
        assert!(extend(&mut text, 11, "!"));
        assert_eq!(text, "Grüß dich!");
    }

    #[test]
    fn a_hole_or_half_a_character_is_refused() {
        let mut text = "Grü".to_owned();
        assert!(!extend(&mut text, 5, "ß"), "byte 4 is missing");
        assert!(
            !extend(&mut text, 3, "ßß"),
            "byte 3 is in the middle of a character, and so is where it would go on"
        );
        assert!(!extend(&mut text, u64::MAX, "ß"));
        assert_eq!(text, "Grü");
    }
}
