//! A socket that counts its flushes, so that a scripted break can wait until earlier bytes are out.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The flush counter of one connection. hyper flushes the socket only after its own buffer is empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flushes {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    count: u64,
    waiting: Option<Waker>,
}

impl Flushes {
    pub(crate) fn count(&self) -> u64 {
        self.with(|inner| inner.count)
    }

    /// Wakes `waker` when the count has risen.
    pub(crate) fn wake_after_next(&self, waker: &Waker) {
        self.with(|inner| inner.waiting = Some(waker.clone()));
    }

    fn flushed(&self) {
        let waiting = self.with(|inner| {
            inner.count += 1;
            inner.waiting.take()
        });
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    fn with<R>(&self, change: impl FnOnce(&mut Inner) -> R) -> R {
        change(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A socket together with its flush counter.
#[derive(Debug)]
pub(crate) struct Connection<S> {
    socket: S,
    flushes: Flushes,
}

impl<S> Connection<S> {
    pub(crate) fn new(socket: S) -> (Self, Flushes) {
        let flushes = Flushes::default();
        (Self { socket, flushes: flushes.clone() }, flushes)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(context);
        if flushed.is_ready() {
            self.flushes.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
