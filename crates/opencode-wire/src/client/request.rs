//! One request, from its parts to its answer.

use std::fmt::{self, Display};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Client;
use super::answer::Answer;
use super::event_body::EventBody;
use super::exchange::Outgoing;
use super::layers::Buffers;
use crate::encode::push_encoded;
use crate::error::{Error, ErrorKind, Result};
use crate::route::Route;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");

/// A request that is being put together.
///
/// [`Client::request`] makes one, for routes that have no method of their own. Mistakes in its parts (an id that would
/// reach another route, a body that cannot be JSON) are kept and returned when it is sent.
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
/// use http::Method;
///
/// let terminal: serde_json::Value = client
///     .request(Method::POST, "/pty", &[])
///     .json(&serde_json::json!({"command": "bash"}))
///     .send_json()
///     .await?;
/// let id = terminal["id"].as_str().unwrap_or_default();
/// client.request(Method::DELETE, "/pty/:pty_id", &[id]).send_empty().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is not sent until one of its `send_…` methods is awaited"]
pub struct RequestBuilder {
    client: Client,
    method: Method,
    route: Result<Route>,
    query: String,
    names_directory: bool,
    names_workspace: bool,
    scoped: bool,
    headers: HeaderMap,
    body: Result<Bytes>,
    response_timeout: Option<Duration>,
    buffers: Buffers,
}

impl RequestBuilder {
    pub(super) fn new(client: Client, method: Method, template: &'static str, arguments: &[&str]) -> Self {
        let response_timeout = client.shared.timeouts.response;
        Self {
            client,
            method,
            route: Route::new(template, arguments),
            query: String::new(),
            names_directory: false,
            names_workspace: false,
            scoped: true,
            headers: HeaderMap::new(),
            body: Ok(Bytes::new()),
            response_timeout,
            buffers: Buffers::Ordinary,
        }
    }

    /// Adds a query parameter; name and value are escaped.
    ///
    /// A `directory` or `workspace` given here takes the place of the client's own.
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        self.names_directory |= name == "directory";
        self.names_workspace |= name == "workspace";
        push_parameter(&mut self.query, name, &value.to_string());
        self
    }

    /// Adds a query parameter if there is a value.
    pub fn query_opt(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Sets a header. Those that the client sets itself (`authorization`, `accept`, …) give way to it.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sends a value as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        self.body = serde_json::to_vec(value).map(Bytes::from).map_err(|source| {
            Error::new(ErrorKind::Decode, "the request cannot be written as JSON").with_source(source)
        });
        self
    }

    /// Leaves out the client's directory and workspace, for routes that concern the whole server.
    pub fn unscoped(mut self) -> Self {
        self.scoped = false;
        self
    }

    /// Uses a connection with small buffers: for one of many streams that are mostly silent.
    ///
    /// Fails where the head of the answer is larger than they are.
    pub(crate) fn frugal(mut self) -> Self {
        self.buffers = Buffers::Frugal;
        self
    }

    /// Sets how long the head of the answer may take; `None` waits for ever.
    pub fn response_timeout(mut self, limit: Option<Duration>) -> Self {
        self.response_timeout = limit;
        self
    }

    /// Sends the request and reads the answer as JSON.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; an empty answer is [`ErrorKind::Decode`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection. Whether the server acts on the request is then unknown.
    pub async fn send_json<T: DeserializeOwned>(self) -> Result<T> {
        Ok(self.send_json_with_headers().await?.0)
    }

    /// Sends the request; whatever a successful answer contains is ignored.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// As for [`send_json`](Self::send_json).
    pub async fn send_empty(self) -> Result<()> {
        let (client, outgoing) = self.finish(JSON)?;
        Box::pin(client.shared.answer(&outgoing)).await?;
        Ok(())
    }

    /// Sends the request and returns the answer as it is, for routes that do not answer JSON.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says. A web page is an error here too: it means that there is no such route.
    ///
    /// # Cancel safety
    ///
    /// As for [`send_json`](Self::send_json).
    pub async fn send_bytes(self) -> Result<Bytes> {
        let (client, outgoing) = self.finish(HeaderValue::from_static("*/*"))?;
        Ok(Box::pin(client.shared.answer(&outgoing)).await?.body)
    }

    /// Sends the request and returns the event stream that answers it, once its head is there.
    ///
    /// It is tried once, and only the limits for the connection and for the head apply: how long a stream may be
    /// silent is for its reader to say.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; an answer that is no event stream is [`ErrorKind::Decode`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future, or later the stream, closes the connection. Nothing else happens on the server.
    pub async fn send_stream(self) -> Result<EventBody> {
        let (client, outgoing) = self.finish(EVENT_STREAM)?;
        Box::pin(client.shared.stream(&outgoing)).await
    }

    /// Sends the request and takes the connection over, if the server changes the protocol and `accepts` its headers.
    #[cfg(feature = "pty")]
    pub(crate) async fn send_upgrade(
        self,
        accepts: impl FnOnce(&HeaderMap) -> bool + Send,
    ) -> Result<hyper::upgrade::Upgraded> {
        let (client, outgoing) = self.finish(HeaderValue::from_static("*/*"))?;
        Box::pin(client.shared.upgrade(&outgoing, accepts)).await
    }

    /// As [`send_json`](Self::send_json), for answers that say something in their headers.
    pub(crate) async fn send_json_with_headers<T: DeserializeOwned>(self) -> Result<(T, HeaderMap)> {
        let (client, outgoing) = self.finish(JSON)?;
        let answer: Answer = Box::pin(client.shared.answer(&outgoing)).await?;
        let value = answer.json().map_err(|error| outgoing.explain(error))?;
        Ok((value, answer.headers))
    }

    fn finish(self, accept: HeaderValue) -> Result<(Client, Outgoing)> {
        let (route, body) = (self.route?, self.body?);
        let mut query = String::new();
        if self.scoped {
            let scope = &self.client.scope;
            if let Some(directory) = scope.directory.as_deref().filter(|_| !self.names_directory) {
                push_parameter(&mut query, "directory", directory);
            }
            if let Some(workspace) = scope.workspace.as_ref().filter(|_| !self.names_workspace) {
                push_parameter(&mut query, "workspace", workspace.as_str());
            }
        }
        if !query.is_empty() && !self.query.is_empty() {
            query.push('&');
        }
        query.push_str(&self.query);

        let mut headers = self.client.shared.headers.clone();
        headers.insert(ACCEPT, accept);
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, JSON);
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        let outgoing = Outgoing {
            method: self.method,
            uri: self.client.shared.base_url.join(&route.path, &query)?,
            route,
            headers,
            body,
            response_timeout: self.response_timeout,
            buffers: self.buffers,
        };
        Ok((self.client, outgoing))
    }
}

/// Method and route only: query, headers and body are nobody's business.
impl fmt::Debug for RequestBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RequestBuilder")
            .field("method", &self.method)
            .field("route", &self.route.as_ref().map(|route| route.template))
            .finish_non_exhaustive()
    }
}

fn push_parameter(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    push_encoded(query, name);
    query.push('=');
    push_encoded(query, value);
}
