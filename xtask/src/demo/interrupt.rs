//! Ctrl-C and its relatives, turned into something to wait for.

use std::io;

/// Why somebody wants the run to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// Ctrl-C: every process of the terminal's foreground group got it, the example too.
    Keyboard,
    /// A request to this process alone, which the example knows nothing of.
    Request,
}

/// The signals of this process; while it exists none of them ends the process by itself.
#[derive(Debug)]
pub(crate) struct Interrupts {
    #[cfg(unix)]
    keyboard: tokio::signal::unix::Signal,
    #[cfg(unix)]
    request: tokio::signal::unix::Signal,
    #[cfg(windows)]
    keyboard: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    request: tokio::signal::windows::CtrlClose,
}

impl Interrupts {
    /// Takes the signals over.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a handler.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { keyboard: signal(SignalKind::interrupt())?, request: signal(SignalKind::terminate())? })
    }

    /// Takes the signals over.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a handler.
    #[cfg(windows)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_close};
        Ok(Self { keyboard: ctrl_c()?, request: ctrl_close()? })
    }

    /// Waits for the next one.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: a signal that arrives between two calls is seen by the second.
    pub(crate) async fn next(&mut self) -> Interrupt {
        tokio::select! {
            _ = self.keyboard.recv() => Interrupt::Keyboard,
            _ = self.request.recv() => Interrupt::Request,
        }
    }
}
