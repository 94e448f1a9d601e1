//! Answers, before they become HTTP.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use serde_json::Value;

use super::stream::EventBody;

/// One answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: ReplyBody,
}

/// The bytes of an answer, known or to come.
#[derive(Debug)]
pub(crate) enum ReplyBody {
    /// `None` when they are sent.
    Full(Option<Bytes>),
    Events(Box<EventBody>),
}

impl Reply {
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: ReplyBody::Full(None) }
    }

    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self::text(status, "application/json", value.to_string())
    }

    pub(crate) fn ok(value: &Value) -> Self {
        Self::json(200, value)
    }

    pub(crate) fn text(status: u16, content_type: &str, body: String) -> Self {
        let body = ReplyBody::Full(Some(Bytes::from(body)));
        Self { status, headers: Vec::new(), body }.header("content-type", content_type)
    }

    /// The web page that OpenCode answers with when it does not know a route.
    pub(crate) fn html() -> Self {
        Self::text(200, "text/html", "<!doctype html><html><title>OpenCode</title></html>".to_owned())
    }

    pub(crate) fn events(body: EventBody) -> Self {
        let body = ReplyBody::Events(Box::new(body));
        Self { status: 200, headers: Vec::new(), body }
            .header("content-type", "text/event-stream")
            .header("cache-control", "no-cache, no-transform")
            .header("x-accel-buffering", "no")
            .header("x-content-type-options", "nosniff")
    }

    /// Whether the answer is an event stream.
    pub(crate) const fn is_stream(&self) -> bool {
        matches!(self.body, ReplyBody::Events(_))
    }

    pub(crate) fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Puts spaces after a known body until it has at least `bytes`.
    pub(crate) fn padded(mut self, bytes: usize) -> Self {
        if let ReplyBody::Full(Some(body)) = &self.body {
            let mut padded = body.to_vec();
            padded.resize(bytes.max(padded.len()), b' ');
            self.body = ReplyBody::Full(Some(padded.into()));
        }
        self
    }

    /// As HTTP. A status or header that HTTP does not allow (they come from a test's fault) is left out.
    pub(crate) fn into_response(self) -> Response<ReplyBody> {
        let mut response = Response::new(self.body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Self::Full(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Events(events) => Pin::new(events.as_mut()).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Full(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Events(_) => SizeHint::default(),
        }
    }
}
