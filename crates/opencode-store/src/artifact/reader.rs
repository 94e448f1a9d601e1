//! Reading an artifact.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use futures_core::stream::BoxStream;

use super::{Artifact, Digest};
use crate::error::{Error, Result};

/// How many empty chunks in a row are taken for the end: a file that was cut while it is read gives them for ever.
const MAX_EMPTY: usize = 16;

/// An artifact that is being read: a stream of its bytes.
///
/// What was read is verified when the stream ends: bytes of another digest, too few and too many make its last item a
/// [`Corrupt`](crate::ErrorKind::Corrupt) error. Who must not pass on bytes that are not verified reads to the end
/// first, or uses [`ArtifactStoreExt::read_bytes`](super::ArtifactStoreExt::read_bytes).
pub struct ArtifactReader {
    artifact: Artifact,
    bytes: BoxStream<'static, Result<Bytes>>,
    hasher: blake3::Hasher,
    read: u64,
    empty: usize,
    ended: bool,
}

impl ArtifactReader {
    /// Reads `bytes` and compares them with what the artifact says. For those who implement the traits of this crate.
    #[must_use]
    pub fn new(artifact: Artifact, bytes: BoxStream<'static, Result<Bytes>>) -> Self {
        Self { artifact, bytes, hasher: blake3::Hasher::new(), read: 0, empty: 0, ended: false }
    }

    /// What is being read.
    #[must_use]
    pub const fn artifact(&self) -> &Artifact {
        &self.artifact
    }

    /// Takes one chunk into account, or the end.
    fn check(&mut self, chunk: Option<Result<Bytes>>) -> Option<Result<Bytes>> {
        let chunk = match chunk {
            Some(Ok(chunk)) => chunk,
            Some(Err(error)) => return Some(Err(error)),
            None if self.read < self.artifact.size => {
                return Some(Err(Error::corrupt("the bytes of the artifact end too early")));
            }
            None if Digest::from_bytes(*self.hasher.finalize().as_bytes()) != self.artifact.digest => {
                return Some(Err(Error::corrupt("the bytes of the artifact have another digest")));
            }
            None => return None,
        };
        self.empty = if chunk.is_empty() { self.empty + 1 } else { 0 };
        if self.empty > MAX_EMPTY {
            return Some(Err(Error::corrupt("the bytes of the artifact end too early")));
        }
        self.read += chunk.len() as u64;
        if self.read > self.artifact.size {
            return Some(Err(Error::corrupt("the artifact has more bytes than were stored")));
        }
        self.hasher.update(&chunk);
        Some(Ok(chunk))
    }
}

impl Stream for ArtifactReader {
    type Item = Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let chunk = ready!(this.bytes.as_mut().poll_next(context));
        let item = this.check(chunk);
        this.ended = !matches!(item, Some(Ok(_)));
        Poll::Ready(item)
    }
}

impl fmt::Debug for ArtifactReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ArtifactReader")
            .field("artifact", &self.artifact)
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt as _, stream};
    use jiff::Timestamp;

    use super::*;
    use crate::artifact::NewArtifact;
    use crate::turn::TurnId;

    fn read(stored: &[u8], chunks: &[&'static [u8]]) -> Vec<Result<Bytes>> {
        let name = "a.txt".parse().unwrap();
        let new = NewArtifact::new(
            TurnId::new(1),
            name,
            "text/plain",
            stored.len() as u64,
            Digest::of(stored),
            "k",
        );
        let artifact = Artifact::new(&new, 1, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        let chunks: Vec<_> = chunks.iter().map(|chunk| Ok(Bytes::from_static(chunk))).collect();
        let reader = ArtifactReader::new(artifact, stream::iter(chunks).boxed());
        futures_util::FutureExt::now_or_never(reader.collect()).unwrap()
    }

    fn last_error(items: &[Result<Bytes>]) -> String {
        let (last, others) = items.split_last().unwrap();
        assert!(others.iter().all(Result::is_ok), "the error is the last item");
        last.as_ref().unwrap_err().to_string()
    }

    #[test]
    fn bytes_as_they_were_stored_have_no_error() {
        assert!(read(b"abcdef", &[b"abc", b"", b"def"]).iter().all(Result::is_ok));
        assert!(read(b"", &[]).is_empty());
    }

    #[test]
    fn other_bytes_end_in_an_error() {
        insta::assert_snapshot!(last_error(&read(b"abcdef", &[b"abc"])), @"the bytes of the artifact end too early");
        insta::assert_snapshot!(last_error(&read(b"abcdef", &[b"abc", b"deF"])), @"the bytes of the artifact have another digest");
        insta::assert_snapshot!(last_error(&read(b"abc", &[b"abc", b"d", b"e"])), @"the artifact has more bytes than were stored");
        insta::assert_snapshot!(last_error(&read(b"abc", &[b"".as_slice(); 100])), @"the bytes of the artifact end too early");
    }

    #[test]
    fn bytes_beyond_the_end_are_not_given_out() {
        assert_eq!(read(b"abc", &[b"abc", b"d", b"e"]).len(), 2);
    }
}
