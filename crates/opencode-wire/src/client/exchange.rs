//! Sending a request and getting its answer: phases with their limits, retries, traces.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::connect::capture_connection;
use tokio::time::Instant;
use tower::util::ServiceExt as _;
use tracing::Instrument as _;

use super::Shared;
use super::answer::{Answer, content_type, not_opencode};
use super::body::{RequestBody, ResponseBody, collect};
use super::event_body::EventBody;
use super::failure;
use super::layers::Buffers;
use super::timeouts::within;
use crate::error::{Error, ErrorKind, Result};
use crate::route::Route;

/// How much of an answer that says no is read.
const MAX_REFUSAL: usize = 64 * 1024;

/// A request with everything that is needed to send it, again if need be.
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) route: Route,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) response_timeout: Option<Duration>,
    pub(super) buffers: Buffers,
}

impl Outgoing {
    /// Adds to an error which request it is about.
    pub(super) fn explain(&self, mut error: Error) -> Error {
        error.inner_mut().request = Some((self.method.to_string(), self.route.path.clone()));
        error
    }

    fn to_request(&self) -> Request<RequestBody> {
        let mut request = Request::new(RequestBody::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }

    fn span(&self) -> tracing::Span {
        tracing::debug_span!("request", method = %self.method, path = self.route.template)
    }

    /// Tells the trace how one try ended: never with a query, a body, an id or a directory.
    fn trace(&self, started: Instant, outcome: std::result::Result<StatusCode, &Error>) {
        let status = match outcome {
            Ok(status) => Some(status.as_u16()),
            Err(error) => error.status(),
        };
        let error = outcome.err().map(|error| tracing::field::debug(error.kind()));
        tracing::debug!(
            name: "opencode.request",
            method = %self.method,
            path = self.route.template,
            status,
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            error,
        );
    }
}

impl Shared {
    /// Sends a request until it is answered or the policy gives up, and reads a successful answer.
    pub(super) async fn answer(&self, outgoing: &Outgoing) -> Result<Answer> {
        let mut schedule = self.retry.schedule(&outgoing.method);
        let trying = async {
            loop {
                let started = Instant::now();
                let outcome = self.try_answer(outgoing).await;
                outgoing.trace(started, outcome.as_ref().map(|answer| answer.status));
                let error = match outcome {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                };
                match schedule.next_delay(&error) {
                    Some(delay) => tokio::time::sleep(delay).await,
                    None => return Err(outgoing.explain(error)),
                }
            }
        };
        trying.instrument(outgoing.span()).await
    }

    /// Sends a request once, and leaves the body of a successful answer to the caller.
    pub(super) async fn stream(&self, outgoing: &Outgoing) -> Result<EventBody> {
        let trying = async {
            let started = Instant::now();
            let outcome = self.try_stream(outgoing).await;
            outgoing.trace(started, outcome.as_ref().map(|_| StatusCode::OK));
            outcome.map(|body| EventBody::new(body, outgoing)).map_err(|error| outgoing.explain(error))
        };
        trying.instrument(outgoing.span()).await
    }

    /// Sends a request once, and takes the connection over.
    #[cfg(feature = "pty")]
    pub(super) async fn upgrade(
        &self,
        outgoing: &Outgoing,
        accepts: impl FnOnce(&HeaderMap) -> bool + Send,
    ) -> Result<hyper::upgrade::Upgraded> {
        let trying = async {
            let started = Instant::now();
            let outcome = self.try_upgrade(outgoing, accepts).await;
            outgoing.trace(started, outcome.as_ref().map(|_| StatusCode::SWITCHING_PROTOCOLS));
            outcome.map_err(|error| outgoing.explain(error))
        };
        trying.instrument(outgoing.span()).await
    }

    #[cfg(feature = "pty")]
    async fn try_upgrade(
        &self,
        outgoing: &Outgoing,
        accepts: impl FnOnce(&HeaderMap) -> bool + Send,
    ) -> Result<hyper::upgrade::Upgraded> {
        let response = self.head(outgoing).await?;
        let status = response.status();
        if status == StatusCode::SWITCHING_PROTOCOLS && accepts(response.headers()) {
            return hyper::upgrade::on(response).await.map_err(|source| {
                Error::new(ErrorKind::Stream, "the connection broke when it was taken over")
                    .with_source(source)
            });
        }
        if !status.is_success() && !status.is_informational() {
            let (head, body) = response.into_parts();
            return Err(self.refusal(head.status, head.headers, body).await);
        }
        if content_type(response.headers()).starts_with("text/html") {
            return Err(not_opencode(status));
        }
        let mut error = Error::new(
            ErrorKind::Stream,
            "the server, or something before it, does not speak WebSocket here",
        );
        error.inner_mut().status = Some(status.as_u16());
        Err(error)
    }

    async fn try_answer(&self, outgoing: &Outgoing) -> Result<Answer> {
        let (head, body) = self.head(outgoing).await?.into_parts();
        if !head.status.is_success() {
            return Err(self.refusal(head.status, head.headers, body).await);
        }
        let body = collect(body, self.max_response_bytes, self.timeouts.body_idle).await;
        let body = body.map_err(failure::no_body)?;
        Answer { status: head.status, headers: head.headers, body }.into_success()
    }

    async fn try_stream(&self, outgoing: &Outgoing) -> Result<ResponseBody> {
        let (head, body) = self.head(outgoing).await?.into_parts();
        if !head.status.is_success() {
            return Err(self.refusal(head.status, head.headers, body).await);
        }
        let content_type = content_type(&head.headers);
        if content_type.starts_with("text/event-stream") {
            return Ok(body);
        }
        if content_type.starts_with("text/html") {
            return Err(not_opencode(head.status));
        }
        let message = "expected an event stream and got something else";
        let mut error = Error::new(ErrorKind::Decode, message);
        error.inner_mut().status = Some(head.status.as_u16());
        Err(error)
    }

    /// The error that an unsuccessful answer stands for.
    async fn refusal(&self, status: StatusCode, headers: HeaderMap, body: ResponseBody) -> Error {
        // The status alone says enough, should the explanation be endless or break off.
        let body = collect(body, MAX_REFUSAL, self.timeouts.body_idle).await.unwrap_or_default();
        Answer { status, headers, body }.refusal()
    }

    /// Sends a request once and waits for the head of the answer.
    async fn head(&self, outgoing: &Outgoing) -> Result<Response<ResponseBody>> {
        let mut request = outgoing.to_request();
        let mut connection = capture_connection(&mut request);
        // The connector has its own limit; the one for the answer runs from when the request can be written.
        let connected = async move { drop(connection.wait_for_connection_metadata().await) };
        let service = match outgoing.buffers {
            Buffers::Ordinary => &self.service,
            Buffers::Frugal => &self.frugal_service,
        };
        let answering = service.clone().oneshot(request);
        tokio::pin!(answering);
        let answered = tokio::select! {
            biased;
            answered = &mut answering => answered,
            () = connected => within(outgoing.response_timeout, &mut answering).await.map_err(failure::silent)?,
        };
        answered.map_err(|source| failure::no_answer(source, &self.base_url))
    }
}
