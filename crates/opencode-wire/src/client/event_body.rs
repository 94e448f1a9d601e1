//! The bytes of an event stream as they arrive.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame};

use super::body::ResponseBody;
use super::exchange::Outgoing;
use crate::error::{Error, ErrorKind, Inner};

/// The body of an event stream: an [`http_body::Body`] whose errors are this crate's.
///
/// It ends when the server closes the stream. Dropping it closes the connection.
pub struct EventBody {
    body: ResponseBody,
    request: (String, String),
}

impl EventBody {
    pub(super) fn new(body: ResponseBody, outgoing: &Outgoing) -> Self {
        Self { body, request: (outgoing.method.to_string(), outgoing.route.path.clone()) }
    }
}

impl Body for EventBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(frame.map(|frame| {
            frame.map_err(|source| {
                Error::from_inner(Inner {
                    kind: Some(ErrorKind::Stream),
                    message: "the event stream broke".to_owned(),
                    request: Some(self.request.clone()),
                    source: Some(source),
                    ..Inner::default()
                })
            })
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

impl fmt::Debug for EventBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EventBody").field("request", &self.request).finish_non_exhaustive()
    }
}
