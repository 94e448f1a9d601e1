//! The sending half of one event stream connection.

use bytes::Bytes;
use tokio::sync::mpsc::UnboundedSender;

use super::Piece;
use super::style::{Ending, StreamStyle};

/// Which events a connection gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// `/event`: those of one directory.
    Directory(String),
    /// `/global/event`: all, in envelopes.
    Global,
}

/// One open event stream, seen from the bus.
#[derive(Debug)]
pub(crate) struct Subscriber {
    pub(crate) id: u64,
    pub(crate) scope: Scope,
    style: StreamStyle,
    /// `None` once the stream has ended or broken.
    sender: Option<UnboundedSender<Piece>>,
    frozen: bool,
    /// Greeted, and not listening to what happens yet.
    deaf: bool,
    events: usize,
}

impl Subscriber {
    pub(crate) fn new(id: u64, scope: Scope, style: StreamStyle, sender: UnboundedSender<Piece>) -> Self {
        let subscriber =
            Self { id, scope, style, sender: Some(sender), frozen: false, deaf: false, events: 0 };
        if let Some(bytes) = subscriber.style.prologue() {
            subscriber.push(bytes);
        }
        subscriber
    }

    /// Whether events still go somewhere. A frozen stream counts as open: the other side cannot tell.
    pub(crate) fn is_open(&self) -> bool {
        self.sender.as_ref().is_some_and(|sender| !sender.is_closed())
    }

    /// Whether the stream was ended or broken and the connection has not caught up yet.
    pub(crate) const fn is_ending(&self) -> bool {
        self.sender.is_none()
    }

    /// Whether the stream does not listen yet.
    pub(crate) const fn is_deaf(&self) -> bool {
        self.deaf
    }

    /// What follows the greeting: a stream that listens late goes deaf.
    pub(crate) const fn greeted(&mut self) {
        self.deaf = self.style.listens_late;
    }

    /// Makes the stream get what happens from here on.
    pub(crate) const fn listen(&mut self) {
        self.deaf = false;
    }

    /// Sends one event, and whatever this connection does after that many.
    pub(crate) fn send(&mut self, data: &str) {
        if self.deaf {
            return;
        }
        let frame = self.style.frame(data);
        if self.is_due(Ending::DropMidFrame) {
            self.drop_inside(frame.as_bytes());
            return;
        }
        self.send_raw(frame.as_bytes());
        self.events += 1;
        if self.is_due(Ending::Drop) {
            self.drop_connection();
        } else if self.is_due(Ending::End) {
            self.end();
        } else if self.is_due(Ending::Freeze) {
            self.freeze();
        }
    }

    /// Sends bytes that need not be a frame.
    pub(crate) fn send_raw(&self, bytes: &[u8]) {
        if self.deaf {
            return;
        }
        for piece in self.style.split(bytes) {
            self.push(piece);
        }
    }

    /// Breaks the connection after everything sent so far.
    pub(crate) fn drop_connection(&mut self) {
        if self.frozen {
            return;
        }
        if let Some(sender) = self.sender.take() {
            // A closed receiver means that the client was faster.
            let _closed = sender.send(Piece::Cut);
        }
    }

    /// Breaks the connection in the middle of a frame.
    pub(crate) fn drop_mid_frame(&mut self, data: &str) {
        let frame = self.style.frame(data);
        self.drop_inside(frame.as_bytes());
    }

    /// Ends the stream cleanly after everything sent so far.
    pub(crate) fn end(&mut self) {
        if !self.frozen {
            self.sender = None;
        }
    }

    /// Stops sending and keeps the socket.
    pub(crate) const fn freeze(&mut self) {
        self.frozen = true;
    }

    fn drop_inside(&mut self, frame: &[u8]) {
        self.send_raw(&frame[..frame.len() / 2]);
        self.drop_connection();
    }

    fn is_due(&self, kind: Ending) -> bool {
        self.style.ending.is_some_and(|(events, ending)| ending == kind && events == self.events)
    }

    fn push(&self, bytes: Bytes) {
        if let (Some(sender), false) = (&self.sender, self.frozen) {
            let _closed = sender.send(Piece::Data(bytes));
        }
    }
}
