//! Sockets and connections: the thin layer between hyper and [`handle`](super::handle).

use std::io;
use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connection::{Connection, Flushes};
use super::core::Core;
use super::handle::{HangUp, handle};
use super::reply::ReplyBody;
use super::request::Request;

/// Accepts TCP connections until aborted. Dropping the future closes them all.
pub(crate) async fn accept_tcp(core: Arc<Core>, listener: TcpListener, epoch: watch::Receiver<u64>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                // Scripts send small pieces that shall arrive as such.
                let _unsupported = socket.set_nodelay(true);
                while connections.try_join_next().is_some() {}
                connections.spawn(serve(Arc::clone(&core), socket, epoch.clone()));
            }
            // Out of descriptors, or the client gave up first: the next one may do better.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

/// The same on a Unix socket.
#[cfg(unix)]
pub(crate) async fn accept_unix(
    core: Arc<Core>,
    listener: tokio::net::UnixListener,
    epoch: watch::Receiver<u64>,
) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                while connections.try_join_next().is_some() {}
                connections.spawn(serve(Arc::clone(&core), socket, epoch.clone()));
            }
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

/// Serves one connection until it ends or the epoch changes, which is how a restart breaks it.
async fn serve<S>(core: Arc<Core>, socket: S, mut epoch: watch::Receiver<u64>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let _open = OpenConnection::new(Arc::clone(&core));
    epoch.borrow_and_update();
    let (socket, flushes) = Connection::new(socket);
    let service = service_fn(move |request| respond(Arc::clone(&core), request, flushes.clone()));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(socket), service);
    tokio::select! {
        // An error is the client's hanging up or the script's; both are wanted.
        _ended = connection => {}
        _restarted = epoch.changed() => {}
    }
}

async fn respond(
    core: Arc<Core>,
    request: http::Request<Incoming>,
    flushes: Flushes,
) -> Result<http::Response<ReplyBody>, HangUp> {
    let (parts, body) = request.into_parts();
    // A body that breaks off belongs to a client that is gone.
    let body = body.collect().await.map_err(|_| HangUp)?.to_bytes();
    let base_path = core.peek(|state| state.options.base_path.clone());
    let request = Request::new(parts, body, &base_path, flushes);
    let is_head = request.method == "HEAD";
    let reply = handle(&core, request).await?;
    let mut response = reply.into_response();
    if is_head {
        *response.body_mut() = ReplyBody::Full(None);
    }
    Ok(response)
}

/// Counts a connection while it is open.
struct OpenConnection {
    core: Arc<Core>,
    number: usize,
}

impl OpenConnection {
    fn new(core: Arc<Core>) -> Self {
        let number = core.with(|state| {
            state.accepted += 1;
            state.connected.insert(state.accepted);
            state.accepted
        });
        Self { core, number }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.core.with(|state| state.connected.remove(&self.number));
    }
}

/// A listener on a free port of 127.0.0.1.
pub(crate) async fn bind() -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", 0)).await
}
