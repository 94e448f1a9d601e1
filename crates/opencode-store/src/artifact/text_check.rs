//! Whether bytes are text.

/// Looks whether bytes that come in chunks are text: UTF-8 without the control characters that text does not have.
#[derive(Debug, Default)]
pub(super) struct TextCheck {
    binary: bool,
    /// The beginning of a character that was cut by the end of a chunk.
    cut: Vec<u8>,
}

impl TextCheck {
    /// Takes the next chunk into account.
    pub(super) fn update(&mut self, chunk: &[u8]) {
        if self.binary {
            return;
        }
        self.binary = !self.is_text_so_far(chunk);
    }

    /// Whether all of it was text. Nothing at all is.
    pub(super) fn is_text(&self) -> bool {
        !self.binary && self.cut.is_empty()
    }

    fn is_text_so_far(&mut self, mut chunk: &[u8]) -> bool {
        while !self.cut.is_empty() {
            let Some((byte, rest)) = chunk.split_first() else { return true };
            self.cut.push(*byte);
            chunk = rest;
            match std::str::from_utf8(&self.cut) {
                Ok(_) => self.cut.clear(),
                Err(error) if error.error_len().is_some() => return false,
                Err(_) => {}
            }
        }
        if let Err(error) = std::str::from_utf8(chunk) {
            if error.error_len().is_some() {
                return false;
            }
            self.cut.extend_from_slice(&chunk[error.valid_up_to()..]);
        }
        !chunk.iter().copied().any(is_control)
    }
}

/// Tabs, line ends, form feeds and the escapes of terminals are found in text.
const fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_text<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> bool {
        let mut check = TextCheck::default();
        chunks.into_iter().for_each(|chunk| check.update(chunk));
        check.is_text()
    }

    #[test]
    fn text_is_known() {
        for text in ["", "plain\r\n\ttext", "\u{1b}[31mred", "größer 🦀"] {
            assert!(is_text([text.as_bytes()]), "{text}");
        }
        for bytes in [b"a\0b".as_slice(), b"\xff\xfe", b"caf\xc3", b"\x89PNG\r\n\x1a\n"] {
            assert!(!is_text([bytes]), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn how_it_is_cut_does_not_matter(bytes in prop_oneof![any::<String>().prop_map(String::into_bytes), any::<Vec<u8>>()], size in 1_usize..5) {
            prop_assert_eq!(is_text(bytes.chunks(size)), is_text([bytes.as_slice()]));
        }
    }
}
