//! One HTTP request on a connection of its own.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;

/// Sends a request without a body to `authority`, and reads the whole answer; `None` where none
/// came.
///
/// A launcher asks again and again until its server is up, so why there was no answer is of no
/// use.
pub(crate) async fn send(authority: &str, mut request: Request<Empty<Bytes>>) -> Option<(StatusCode, Bytes)> {
    let socket = tokio::net::TcpStream::connect(authority).await.ok()?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake::<_, Empty<Bytes>>(TokioIo::new(socket)).await.ok()?;
    let headers = request.headers_mut();
    headers.insert(http::header::HOST, authority.parse().ok()?);
    headers.insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
    let exchange = async {
        let answer = sender.send_request(request).await.ok()?;
        let status = answer.status();
        Some((status, answer.into_body().collect().await.ok()?.to_bytes()))
    };
    tokio::pin!(exchange);
    // The connection is driven here and not spawned, so that a dropped future leaves nothing
    // behind. Its end does not end the exchange: the answer may already be buffered.
    tokio::select! {
        biased;
        answer = &mut exchange => answer,
        _ended = connection => exchange.await,
    }
}
