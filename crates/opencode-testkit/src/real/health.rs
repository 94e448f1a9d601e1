//! One question to the health route.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;
use serde::Deserialize;

use super::environment::USERNAME;

/// What a healthy server says.
#[derive(Deserialize)]
pub(super) struct Health {
    #[serde(default)]
    pub(super) version: String,
}

/// Asks once; `None` is anything but a 200 with a JSON object.
///
/// The server answers unknown routes with 200 and a web page, so the status alone proves nothing.
pub(super) async fn ask(port: u16, password: Option<&str>) -> Option<Health> {
    let socket = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake::<_, Empty<Bytes>>(TokioIo::new(socket)).await.ok()?;
    let mut request = http::Request::get("/global/health")
        .header(http::header::HOST, format!("127.0.0.1:{port}"))
        .header(http::header::CONNECTION, "close");
    if let Some(password) = password {
        let encoded = STANDARD.encode(format!("{USERNAME}:{password}"));
        request = request.header(http::header::AUTHORIZATION, format!("Basic {encoded}"));
    }
    let request = request.body(Empty::new()).ok()?;
    let exchange = async {
        let answer = sender.send_request(request).await.ok()?;
        if answer.status() != http::StatusCode::OK {
            return None;
        }
        let body = answer.into_body().collect().await.ok()?.to_bytes();
        serde_json::from_slice(&body).ok()
    };
    tokio::pin!(exchange);
    // The connection is driven here and not spawned, so that a dropped future leaves nothing
    // behind. Its end does not end the exchange: the answer may already be buffered.
    tokio::select! {
        biased;
        health = &mut exchange => health,
        _ended = connection => exchange.await,
    }
}
