//! Cutting a text into the pieces that travel one by one.

use super::op::Pace;

/// Cuts a text as `pace` says, into whole words where it says nothing.
///
/// Cuts between characters, never inside one; the pieces joined are the text.
/// An empty text is one empty piece.
pub(super) fn cut(text: &str, pace: &Pace) -> Vec<String> {
    let n_chars = text.chars().count();
    match (pace.chars, pace.pieces) {
        _ if text.is_empty() => vec![String::new()],
        (Some(chars), _) => every(text, chars.max(1)),
        (None, Some(pieces)) => every(text, n_chars.div_ceil(pieces.max(1)).max(1)),
        (None, None) => words(text),
    }
}

fn every(text: &str, n_chars: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(n_chars).map(|piece| piece.iter().collect()).collect()
}

/// A word and the white space behind it are one piece; white space at the start is one of its own.
fn words(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut in_space = true;
    for char in text.chars() {
        if in_space && !char.is_whitespace() && !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
        }
        in_space = char.is_whitespace();
        piece.push(char);
    }
    pieces.push(piece);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_words_unless_told_otherwise() {
        assert_eq!(cut(" one  two\nthree", &Pace::default()), [" ", "one  ", "two\n", "three"]);
    }

    #[test]
    fn a_piece_has_the_asked_number_of_characters() {
        let pace = Pace { chars: Some(2), ..Pace::default() };
        assert_eq!(cut("aé🎉bc", &pace), ["aé", "🎉b", "c"]);
    }

    #[test]
    fn there_are_never_more_pieces_than_asked_for() {
        for pieces in 1..8 {
            let pace = Pace { pieces: Some(pieces), ..Pace::default() };
            let cut = cut("abcdefghij", &pace);
            assert!(cut.len() <= pieces, "{pieces}: {cut:?}");
            assert_eq!(cut.concat(), "abcdefghij");
        }
    }
}
