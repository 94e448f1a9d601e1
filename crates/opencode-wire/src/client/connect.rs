//! Making connections: TCP, TLS over TCP, or a Unix socket, within one time limit.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use tower_service::Service;

use super::body::BoxError;
use super::timeouts::within;

/// No connection stood within the limit.
#[derive(Debug, thiserror::Error)]
#[error("no connection within {0:?}")]
pub(super) struct ConnectTimeout(pub(super) Duration);

/// How connections are made.
#[derive(Clone)]
pub(super) enum Transport {
    /// TCP.
    Tcp(HttpConnector),
    /// TLS over TCP.
    #[cfg(feature = "rustls-tls")]
    Tls(hyper_rustls::HttpsConnector<HttpConnector>),
    /// A Unix socket, whatever the host says.
    #[cfg(unix)]
    Unix(super::unix::UnixConnector),
}

/// The connector of the pool.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) transport: Transport,
    pub(super) timeout: Option<Duration>,
}

/// The part of every connector that speaks TCP.
pub(super) fn tcp() -> HttpConnector {
    let mut connector = HttpConnector::new();
    // The TLS connector around it asks for `https` addresses.
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_keepalive(Some(Duration::from_secs(60)));
    connector
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Stream, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match &mut self.transport {
            Transport::Tcp(connector) => connector.poll_ready(context).map_err(Into::into),
            #[cfg(feature = "rustls-tls")]
            Transport::Tls(connector) => connector.poll_ready(context),
            #[cfg(unix)]
            Transport::Unix(_) => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting: Self::Future = match &mut self.transport {
            Transport::Tcp(connector) => {
                let connecting = connector.call(uri);
                Box::pin(async move { Ok(Stream::new(connecting.await?)) })
            }
            #[cfg(feature = "rustls-tls")]
            Transport::Tls(connector) => {
                let connecting = connector.call(uri);
                Box::pin(async move { Ok(Stream::new(connecting.await?)) })
            }
            #[cfg(unix)]
            Transport::Unix(connector) => {
                let connecting = connector.connect();
                Box::pin(async move { Ok(Stream::new(connecting.await?)) })
            }
        };
        let limit = self.timeout;
        Box::pin(async move {
            within(limit, connecting).await.unwrap_or_else(|limit| Err(Box::new(ConnectTimeout(limit))))
        })
    }
}

/// A connection, whatever it runs over.
pub(super) struct Stream(Pin<Box<dyn Io>>);

trait Io: Read + Write + Connection + Send {}
impl<T: Read + Write + Connection + Send> Io for T {}

impl Stream {
    fn new(io: impl Read + Write + Connection + Send + 'static) -> Self {
        Self(Box::pin(io))
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        self.0.as_mut().poll_read(context, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.0.as_mut().poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.0.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.0.as_mut().poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        self.0.as_mut().poll_write_vectored(context, buffers)
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.0.connected()
    }
}
