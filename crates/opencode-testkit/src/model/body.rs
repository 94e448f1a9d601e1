//! A response body that is fed while it is sent, and that can break off.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::sync::mpsc;

/// What the feeding side may send.
pub(super) enum Part {
    Bytes(Bytes),
    /// The connection breaks here.
    Break,
}

/// The receiving side, which hyper writes to the socket.
pub(super) struct FedBody {
    parts: mpsc::Receiver<Part>,
    breaking: bool,
}

/// A body and the side that feeds it.
///
/// The channel is short, so that an answer nobody reads stays unsent and is not kept in memory.
pub(super) fn fed() -> (mpsc::Sender<Part>, FedBody) {
    let (sender, parts) = mpsc::channel(16);
    let body = FedBody { parts, breaking: false };
    (sender, body)
}

impl Body for FedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.breaking {
            let error = io::Error::new(io::ErrorKind::ConnectionAborted, "broken by the script");
            return Poll::Ready(Some(Err(error)));
        }
        match ready!(self.parts.poll_recv(ctx)) {
            None => Poll::Ready(None),
            Some(Part::Bytes(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(Part::Break) => {
                // An error makes hyper drop the connection with everything it has not written
                // yet. Waiting once makes it write first.
                self.breaking = true;
                ctx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

/// Makes a body that cannot fail look like one that can.
pub(super) fn never(error: Infallible) -> io::Error {
    match error {}
}
