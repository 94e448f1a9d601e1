//! What a server prints: read to its end, and kept at its end.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::watch;
use tokio::time::timeout;

/// How much of it is kept, in bytes.
const TAIL: usize = 16 * 1024;
/// A line without an end is given up after so many bytes.
const LINE: usize = 4096;
/// The words before the address in the line that tells where the server listens.
const LISTENING: &str = "listening on ";

/// What a server prints. Clones are the same output.
///
/// A pipe that nobody reads would stop the server when it is full, so both are read for as long as anybody writes.
#[derive(Clone)]
pub(super) struct Output(Arc<Shared>);

struct Shared {
    tail: Mutex<VecDeque<u8>>,
    address: watch::Sender<Option<String>>,
    /// How many pipes are read.
    open: watch::Sender<usize>,
    /// What must not be shown to anybody.
    secret: String,
}

impl Output {
    pub(super) fn new(secret: String) -> Self {
        let (address, open) = (watch::Sender::new(None), watch::Sender::new(0));
        Self(Arc::new(Shared { tail: Mutex::default(), address, open, secret }))
    }

    /// Reads a pipe to its end. It counts as open from this call on.
    pub(super) fn drain<P>(&self, mut pipe: P) -> impl Future<Output = ()> + Send + use<P>
    where
        P: AsyncRead + Unpin + Send,
    {
        let output = self.clone();
        output.0.open.send_modify(|open| *open += 1);
        async move {
            let (mut buffer, mut line) = ([0; 4096], Vec::new());
            while let Ok(length @ 1..) = pipe.read(&mut buffer).await {
                output.take(&buffer[..length], &mut line);
            }
            output.0.open.send_modify(|open| *open -= 1);
        }
    }

    /// Waits until all pipes were read to their ends, or for so long: somebody else may have them open.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub(super) async fn closed(&self, within: Duration) {
        let mut open = self.0.open.subscribe();
        let _held_open = timeout(within, open.wait_for(|open| *open == 0)).await;
    }

    /// The address that the server has said it listens on. Waits until it has; `None` when it will not.
    pub(super) async fn address(&self) -> Option<String> {
        let mut address = self.0.address.subscribe();
        address.wait_for(Option::is_some).await.ok()?.clone()
    }

    /// Whether the server has said where it listens.
    pub(super) fn has_address(&self) -> bool {
        self.0.address.borrow().is_some()
    }

    /// The end of what it has printed, without the colours of a terminal.
    pub(super) fn tail(&self) -> String {
        let bytes: Vec<u8> = lock(&self.0.tail).iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        plain(&text).replace(&self.0.secret, "[password]").trim().to_owned()
    }

    fn take(&self, piece: &[u8], line: &mut Vec<u8>) {
        let mut tail = lock(&self.0.tail);
        tail.extend(piece);
        let excess = tail.len().saturating_sub(TAIL);
        tail.drain(..excess);
        drop(tail);
        if self.has_address() {
            return;
        }
        for byte in piece {
            match byte {
                b'\n' => {
                    if let Some(address) = address_in(&String::from_utf8_lossy(line)) {
                        self.0.address.send_replace(Some(address));
                    }
                    line.clear();
                }
                _ if line.len() < LINE => line.push(*byte),
                _ => {}
            }
        }
    }
}

fn address_in(line: &str) -> Option<String> {
    let (_, address) = line.split_once(LISTENING)?;
    let address = address.trim().trim_end_matches('/');
    address.starts_with("http").then(|| address.to_owned())
}

/// Leaves out the sequences by which a terminal is told to change colours.
fn plain(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        // Numbers, and one letter that ends them.
        let mut rest = piece.trim_start_matches(|letter: char| (' '..='?').contains(&letter)).chars();
        let _its_end = rest.next();
        plain.push_str(rest.as_str());
    }
    plain
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SAID: &str = "Warning: this and that.\nopencode server listening on http://127.0.0.1:4096/\nmore\n";

    proptest! {
        #[test]
        fn the_address_is_found_however_the_output_is_cut(cuts in prop::collection::vec(1_usize..20, 0..20)) {
            let output = Output::new("geheim".to_owned());
            let (mut line, mut rest) = (Vec::new(), SAID.as_bytes());
            for cut in cuts {
                let (piece, left) = rest.split_at(cut.min(rest.len()));
                output.take(piece, &mut line);
                rest = left;
            }
            output.take(rest, &mut line);
            let address = output.0.address.borrow().clone();
            prop_assert_eq!(address.as_deref(), Some("http://127.0.0.1:4096"));
        }
    }

    #[test]
    fn colours_are_left_out() {
        for (text, expected) in [
            ("\u{1b}[91m\u{1b}[1mError: \u{1b}[0mno", "Error: no"),
            ("none 1;2m", "none 1;2m"),
            ("cut \u{1b}[38;5", "cut "),
            ("odd \u{1b}[1\u{e4}", "odd "),
        ] {
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn the_end_is_kept_and_no_password_in_it() {
        let output = Output::new("geheim".to_owned());
        let mut line = Vec::new();
        for _ in 0..10_000 {
            output.take(b"a line without an address and without an end ", &mut line);
        }
        output.take(b"the password is geheim\n", &mut line);
        let tail = output.tail();
        assert!(tail.len() <= TAIL + 10 && line.len() <= LINE);
        assert!(tail.ends_with("the password is [password]"), "{tail}");
    }
}
