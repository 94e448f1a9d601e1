//! Bodies that do not stand still for ever.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use object_store::client::{HttpError, HttpErrorKind, HttpResponseBody};

/// How long a server may be silent in the middle of an answer. Whoever reads an object then asks for the rest of it.
const SILENCE: Duration = Duration::from_secs(60);

/// A body that fails when nothing comes for too long.
pub(super) fn limited<B>(body: B) -> HttpResponseBody
where
    B: BodyExt<Data = Bytes> + Send + Sync + Unpin + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let frames = stream::try_unfold(body, |mut body| async move {
        match tokio::time::timeout(SILENCE, body.frame()).await {
            Ok(Some(Ok(frame))) => Ok(Some((frame, body))),
            Ok(Some(Err(error))) => Err(HttpError::new(HttpErrorKind::Interrupted, error)),
            Ok(None) => Ok(None),
            Err(late) => Err(HttpError::new(HttpErrorKind::Timeout, late)),
        }
    });
    HttpResponseBody::new(StreamBody::new(frames))
}
