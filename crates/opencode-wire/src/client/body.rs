//! What travels: request bodies that are there from the start, response bodies that arrive.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};

use super::timeouts::within;

/// The error of a transport or of a layer around it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request: JSON, or nothing. Cloning it is cheap.
#[derive(Clone, Default)]
pub struct RequestBody(Full<Bytes>);

impl RequestBody {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self(Full::new(bytes))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// Its length only: a body may be a prompt.
impl fmt::Debug for RequestBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RequestBody({} bytes)", self.0.size_hint().lower())
    }
}

/// The body of an answer as it arrives from the transport, or from a layer.
pub struct ResponseBody(UnsyncBoxBody<Bytes, BoxError>);

impl ResponseBody {
    /// Wraps a body, so that a layer can answer by itself or change what passes.
    pub fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(body.map_err(Into::into).boxed_unsync())
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ResponseBody")
    }
}

/// Why a body could not be read to its end.
#[derive(Debug)]
pub(super) enum BodyFailure {
    /// It is larger than this many bytes.
    TooLarge(usize),
    /// Nothing came for this long.
    Silent(Duration),
    /// The connection broke.
    Broken(BoxError),
}

/// Reads a body to its end, at most `limit` bytes of it.
pub(super) async fn collect(
    mut body: ResponseBody,
    limit: usize,
    idle: Option<Duration>,
) -> Result<Bytes, BodyFailure> {
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(BodyFailure::TooLarge(limit));
    }
    let mut chunks: Vec<Bytes> = Vec::new();
    let mut length = 0;
    while let Some(frame) = within(idle, body.frame()).await.map_err(BodyFailure::Silent)? {
        let Ok(data) = frame.map_err(BodyFailure::Broken)?.into_data() else { continue };
        length += data.len();
        if length > limit {
            return Err(BodyFailure::TooLarge(limit));
        }
        chunks.push(data);
    }
    // Most answers come in one piece, which is then passed on without a copy.
    if chunks.len() == 1 {
        return Ok(chunks.swap_remove(0));
    }
    let mut whole = BytesMut::with_capacity(length);
    chunks.iter().for_each(|chunk| whole.extend_from_slice(chunk));
    Ok(whole.freeze())
}
