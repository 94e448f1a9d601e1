//! Connections over a Unix socket.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

/// Connects to one socket.
#[derive(Clone)]
pub(super) struct UnixConnector {
    path: Arc<PathBuf>,
}

impl UnixConnector {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path: Arc::new(path) }
    }

    pub(super) fn connect(&self) -> BoxFuture<'static, std::io::Result<TokioIo<UnixStream>>> {
        let path = Arc::clone(&self.path);
        Box::pin(async move { Ok(TokioIo::new(UnixStream::connect(path.as_path()).await?)) })
    }
}
