//! A file of a sandbox as a stream of its bytes.

use std::fmt;
use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;

use super::{Refusal, SandboxFile};

/// How many bytes are read at once.
const PIECE: usize = 256 * 1024;

/// The bytes of a file of a sandbox, in pieces.
///
/// Dropping it closes the file, once the piece that is being read has come.
pub struct SandboxStream(BoxStream<'static, io::Result<Bytes>>);

impl SandboxStream {
    pub(super) fn new(file: SandboxFile) -> Self {
        let state = Some(Reading { file, read: 0 });
        let pieces = futures_util::stream::unfold(state, |state| async move {
            let mut reading = state?;
            let piece = tokio::task::spawn_blocking(move || {
                let piece = reading.next();
                (reading, piece)
            });
            match piece.await {
                Ok((reading, Ok(Some(piece)))) => Some((Ok(piece), Some(reading))),
                Ok((_, Ok(None))) => None,
                Ok((_, Err(error))) => Some((Err(error), None)),
                Err(error) => Some((Err(io::Error::other(error)), None)),
            }
        });
        Self(pieces.boxed())
    }
}

impl Stream for SandboxStream {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for SandboxStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SandboxStream")
    }
}

struct Reading {
    file: SandboxFile,
    read: u64,
}

impl Reading {
    /// The next piece, or nothing when all was read and is as it was.
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        let mut piece = BytesMut::zeroed(PIECE);
        let mut filled = 0;
        // A piece that is not full is the last one, so that what is small is read by one task.
        while filled < PIECE {
            match self.file.file.read(&mut piece[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.file.refused(Refusal::of(&error)).into()),
            }
        }
        self.read += filled as u64;
        if filled == 0 || self.read > self.file.limit() {
            self.file.check_read(self.read)?;
            return Ok(None);
        }
        piece.truncate(filled);
        Ok(Some(piece.freeze()))
    }
}
