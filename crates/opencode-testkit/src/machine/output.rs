//! What the server prints: read for ever, kept only at the end.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// How much of the output is kept, in bytes.
const TAIL_BYTES: usize = 32 * 1024;
/// The words before the address in the line that tells where the server listens.
const LISTENING: &str = "listening on ";
/// A line without an end is given up after so many bytes.
const LINE_BYTES: usize = 4096;

/// The output of one server process.
///
/// Both pipes are read on threads of their own and not on the runtime: a server that several tests
/// share outlives the runtime of the test that started it, and a pipe nobody reads would stop it.
pub(crate) struct Output {
    shared: Arc<Shared>,
}

struct Shared {
    tail: Mutex<VecDeque<u8>>,
    listening: watch::Sender<Option<String>>,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                tail: Mutex::new(VecDeque::new()),
                listening: watch::Sender::new(None),
            }),
        }
    }

    /// Reads one pipe to its end on a new thread.
    pub(crate) fn drain(&self, pipe: impl Read + Send + 'static) -> std::io::Result<()> {
        let shared = Arc::clone(&self.shared);
        std::thread::Builder::new()
            .name("opencode-output".to_owned())
            .spawn(move || shared.read(pipe))
            .map(drop)
    }

    /// Changes once, to the address in the listening line.
    pub(crate) fn listening(&self) -> watch::Receiver<Option<String>> {
        self.shared.listening.subscribe()
    }

    /// Whether every process that could write has ended, those outside the group included.
    ///
    /// A pipe ends only when the last of its writers is gone, and then its reader lets go.
    pub(crate) fn is_closed(&self) -> bool {
        Arc::strong_count(&self.shared) == 1
    }

    /// The last part of both pipes, in the order it was read.
    pub(crate) fn tail(&self) -> String {
        let tail = self.shared.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let (front, back) = tail.as_slices();
        String::from_utf8_lossy(&[front, back].concat()).into_owned()
    }
}

/// The last part of something a program printed, as text.
pub(crate) fn tail_of(printed: &[u8]) -> String {
    let from = printed.len().saturating_sub(TAIL_BYTES);
    String::from_utf8_lossy(&printed[from..]).trim().to_owned()
}

impl Shared {
    fn read(&self, mut pipe: impl Read) {
        let mut line = Vec::new();
        let mut buffer = [0; 8192];
        loop {
            let n_read = match pipe.read(&mut buffer) {
                Ok(0) => return,
                Ok(n_read) => n_read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            };
            let chunk = &buffer[..n_read];
            self.keep(chunk);
            if self.listening.borrow().is_none() {
                self.look_for_address(&mut line, chunk);
            }
        }
    }

    fn keep(&self, chunk: &[u8]) {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(chunk);
        let excess = tail.len().saturating_sub(TAIL_BYTES);
        tail.drain(..excess);
    }

    fn look_for_address(&self, line: &mut Vec<u8>, chunk: &[u8]) {
        for &byte in chunk {
            if byte != b'\n' {
                if line.len() < LINE_BYTES {
                    line.push(byte);
                }
                continue;
            }
            if let Some(address) = address_in(&String::from_utf8_lossy(line)) {
                self.listening.send_replace(Some(address));
            }
            line.clear();
        }
    }
}

fn address_in(line: &str) -> Option<String> {
    let (_, address) = line.split_once(LISTENING)?;
    let address = address.trim().trim_end_matches('/');
    address.starts_with("http").then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_a_line_that_comes_in_pieces() {
        let output = Output::new();
        let mut line = Vec::new();
        for piece in
            ["Warning: unsecured.\nopencode server list", "ening on http://127.0.0.1:40", "96\nmore\n"]
        {
            output.shared.look_for_address(&mut line, piece.as_bytes());
        }
        assert_eq!(output.listening().borrow().as_deref(), Some("http://127.0.0.1:4096"));
    }

    #[test]
    fn only_the_end_is_kept() {
        let output = Output::new();
        output.shared.read(&vec![b'a'; TAIL_BYTES][..]);
        output.shared.read(&b"the end"[..]);
        let tail = output.tail();
        assert_eq!(tail.len(), TAIL_BYTES);
        assert!(tail.ends_with("athe end"));
    }
}
