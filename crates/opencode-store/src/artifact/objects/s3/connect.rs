//! The HTTP client of S3: hyper's pool, so that neither reqwest nor another TLS comes in.

use std::time::Duration;

use async_trait::async_trait;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse,
    HttpService,
};

use super::{idle, tls};
use crate::error::Result;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a server may take until it answers, after which the request is repeated. A part has to be uploaded in it.
const ANSWER: Duration = Duration::from_secs(120);

/// Hands out one client.
#[derive(Debug)]
pub(super) struct Connector(HttpClient);

impl Connector {
    /// A client that trusts these certificates in PEM form besides.
    pub(super) fn new(roots: &[Vec<u8>]) -> Result<Self> {
        let mut tcp = Tcp::new();
        // The TLS connector around it asks for `https` addresses.
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        tcp.set_connect_timeout(Some(CONNECT));
        let tls = HttpsConnector::from((tcp, tls::config(roots)?));
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(tls);
        Ok(Self(HttpClient::new(Service(client))))
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(self.0.clone())
    }
}

#[derive(Debug)]
struct Service(Client<HttpsConnector<Tcp>, HttpRequestBody>);

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = tokio::time::timeout(ANSWER, self.0.request(request)).await;
        let answer = answer.map_err(|late| HttpError::new(HttpErrorKind::Timeout, late))?;
        let answer = answer.map_err(|error| {
            let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Request };
            HttpError::new(kind, error)
        })?;
        Ok(answer.map(idle::limited))
    }
}
