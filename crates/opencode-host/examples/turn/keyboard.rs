//! Lines that a person types.

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// The lines of stdin.
///
/// A thread of its own reads them: a read cannot be called off, and must not keep the program from ending.
#[derive(Debug)]
pub(crate) struct Keyboard {
    lines: UnboundedReceiver<String>,
}

impl Keyboard {
    /// Begins to read.
    pub(crate) fn open() -> Self {
        let (sender, lines) = unbounded_channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines }
    }

    /// Forgets what was typed before anything was asked: it cannot be the answer.
    pub(crate) fn forget(&mut self) {
        while self.lines.try_recv().is_ok() {}
    }

    /// The next line; `None` when the person has closed the input.
    pub(crate) async fn line(&mut self) -> Option<String> {
        self.lines.recv().await
    }
}
