//! The receiving half of one event stream connection: an HTTP body fed through a channel.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::server::connection::Flushes;
use crate::server::core::StreamGuard;

/// What the bus puts into the channel.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Bytes, sent as one chunk.
    Data(Bytes),
    /// Break the connection once all earlier bytes have left this process.
    Cut,
}

/// The body of an event stream response. Dropping it (the client is gone) unsubscribes.
#[derive(Debug)]
pub(crate) struct EventBody {
    receiver: UnboundedReceiver<Piece>,
    flushes: Flushes,
    /// The number of flushes when the cut was seen; the next one has carried everything before it.
    cut_at: Option<u64>,
    _guard: StreamGuard,
}

impl EventBody {
    pub(crate) const fn new(
        receiver: UnboundedReceiver<Piece>,
        flushes: Flushes,
        guard: StreamGuard,
    ) -> Self {
        Self { receiver, flushes, cut_at: None, _guard: guard }
    }
}

impl Body for EventBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.cut_at.is_none() {
            match self.receiver.poll_recv(context) {
                Poll::Ready(Some(Piece::Data(bytes))) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Poll::Ready(Some(Piece::Cut)) => self.cut_at = Some(self.flushes.count()),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
        // hyper throws away what it has buffered when a body fails, so the failure waits for a flush.
        match self.cut_at {
            Some(count) if self.flushes.count() == count => {
                self.flushes.wake_after_next(context.waker());
                Poll::Pending
            }
            _ => {
                Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::BrokenPipe, "stream cut by the script"))))
            }
        }
    }
}
