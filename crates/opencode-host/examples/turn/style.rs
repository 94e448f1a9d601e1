//! How words look on a terminal.

use std::borrow::Cow;

/// A way to show words; nothing of it is left when they go to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// As they are.
    Plain,
    /// What matters less: thoughts, remarks.
    Dim,
    /// What wants an answer.
    Bold,
    /// What went well.
    Green,
    /// What went wrong.
    Red,
}

impl Style {
    /// The words between the escape sequences of the style.
    pub(crate) fn paint(self, text: &str) -> String {
        let code = match self {
            Self::Plain => return text.to_owned(),
            Self::Dim => "2",
            Self::Bold => "1",
            Self::Green => "32",
            Self::Red => "31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// The text without control characters: what an agent writes must not move the cursor or rename the window.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    let is_harmful = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if text.contains(is_harmful) { Cow::Owned(text.replace(is_harmful, "")) } else { Cow::Borrowed(text) }
}

/// The first line of a text, cut to a readable length.
pub(crate) fn first_line(text: &str, max_characters: usize) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let mut shown: String = harmless(line).chars().take(max_characters).collect();
    if line.chars().count() > max_characters || text.trim().lines().nth(1).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_cannot_write_escape_sequences() {
        assert_eq!(harmless("a\x1b[2Jb\tc\r\n"), "a[2Jb\tc\n");
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(first_line("short", 10), "short");
        assert_eq!(first_line("two\nlines", 10), "two…");
        assert_eq!(first_line("a long line", 6), "a long…");
    }
}
