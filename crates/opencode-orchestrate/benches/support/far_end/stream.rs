//! A stream of events, and who listens to it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::http::frame;

/// Events in one write to a stream.
pub(super) const BURST: usize = 16;

/// A stream of events, and who listens to it.
#[derive(Default)]
pub(super) struct Stream {
    listeners: Mutex<Vec<UnboundedSender<Arc<[u8]>>>>,
    /// How many of them there are; without the lock, because each event asks.
    count: AtomicUsize,
}

impl Stream {
    /// Whether anybody listens: what nobody hears need not be made.
    pub(super) fn is_heard(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// Sends events to all who listen.
    pub(super) fn tell(&self, frames: Vec<u8>) {
        let frames: Arc<[u8]> = frames.into();
        let mut listeners = self.listeners();
        listeners.retain(|listener| listener.send(Arc::clone(&frames)).is_ok());
        self.count.store(listeners.len(), Ordering::Relaxed);
    }

    /// Tells one listener until it goes away, beginning with that event.
    pub(super) async fn serve(&self, mut socket: TcpStream, first: &str) -> std::io::Result<()> {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        socket.write_all(head.as_bytes()).await?;
        let mut told = self.listen();
        socket.write_all(&frame(first)).await?;
        let (mut frames, mut bytes) = (Vec::new(), Vec::new());
        loop {
            tokio::select! {
                biased;
                _ = told.recv_many(&mut frames, BURST) => {}
                // A listener says nothing any more: he has gone.
                _ = socket.read_u8() => return Ok(()),
            }
            bytes.clear();
            for frame in frames.drain(..) {
                bytes.extend_from_slice(&frame);
            }
            socket.write_all(&bytes).await?;
        }
    }

    fn listen(&self) -> UnboundedReceiver<Arc<[u8]>> {
        let (sender, told) = unbounded_channel();
        let mut listeners = self.listeners();
        listeners.push(sender);
        self.count.store(listeners.len(), Ordering::Relaxed);
        told
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<UnboundedSender<Arc<[u8]>>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
