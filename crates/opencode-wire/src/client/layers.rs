//! The stack that a request goes through: the user's layers, and the pool below them.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower::util::{BoxCloneSyncService, ServiceExt as _};
use tower_layer::Layer;
use tower_service::Service;

use super::body::{BoxError, RequestBody, ResponseBody};
use super::connect::Connector;

/// What sends requests: the pool of connections, with any layers around it.
///
/// This is what a layer given to [`ClientBuilder::layer`](super::ClientBuilder::layer) wraps.
pub type HttpService = BoxCloneSyncService<Request<RequestBody>, Response<ResponseBody>, BoxError>;

/// A layer whose type nobody needs to know any more.
pub(super) type BoxLayer = Arc<dyn Fn(HttpService) -> HttpService + Send + Sync>;

/// How long a connection may lie idle in the pool.
///
/// Shorter than most servers and proxies keep theirs, so that requests rarely meet a connection that is being closed.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// Forgets the type of a layer.
pub(super) fn boxed<L>(layer: L) -> BoxLayer
where
    L: Layer<HttpService> + Send + Sync + 'static,
    L::Service:
        Service<Request<RequestBody>, Response = Response<ResponseBody>> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request<RequestBody>>>::Error: Into<BoxError>,
    <L::Service as Service<Request<RequestBody>>>::Future: Send + 'static,
{
    Arc::new(move |inner| BoxCloneSyncService::new(layer.layer(inner).map_err(Into::into)))
}

/// How much a connection reads at once when it is to cost little. The default begins with 8 KiB, and keeps them.
/// The head of an answer must fit in: whoever asks for this must be ready to ask again without it.
const FRUGAL_BUFFER: usize = 1024;

/// Connections with buffers of the ordinary size, or with small ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Buffers {
    Ordinary,
    Frugal,
}

/// The pool: HTTP/1.1 over kept-alive connections.
pub(super) fn pool(connector: Connector, buffers: Buffers) -> HttpService {
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    if buffers == Buffers::Frugal {
        builder.http1_read_buf_exact_size(FRUGAL_BUFFER);
    }
    let client = builder
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(POOL_IDLE)
        // The pool must not send anything twice on its own: whether to repeat is decided where it is known
        // what a repetition does.
        .retry_canceled_requests(false)
        .build::<_, RequestBody>(connector);
    BoxCloneSyncService::new(
        client.map_response(|response| response.map(ResponseBody::new)).map_err(BoxError::from),
    )
}
