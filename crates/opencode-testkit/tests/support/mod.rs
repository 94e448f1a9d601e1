//! A client of a few lines for tests that must not trust any other part of the workspace.

use base64::Engine as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::task::JoinHandle;

/// One server, asked with one connection for each request.
#[derive(Clone)]
pub(crate) struct Http {
    port: u16,
    authorization: Option<String>,
}

/// An answer that is being read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: http::HeaderMap,
    body: Incoming,
    buffer: Vec<u8>,
    _connection: JoinHandle<()>,
}

impl Http {
    pub(crate) fn new(port: u16, password: Option<&str>) -> Self {
        let authorization = password.map(|password| {
            let pair = format!("opencode:{password}");
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
        });
        Self { port, authorization }
    }

    /// Sends a request; the answer's body is still to be read.
    pub(crate) async fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let socket =
            tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.expect("the server accepts");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket))
            .await
            .expect("a handshake is only local");
        let connection = tokio::spawn(async move {
            let _broken = connection.await;
        });
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1")
            .header("content-type", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bytes = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let request = request.body(Full::new(bytes)).expect("a valid request");
        let answer = sender.send_request(request).await.expect("an answer");
        Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.into_body(),
            buffer: Vec::new(),
            _connection: connection,
        }
    }

    /// Sends a request and reads a JSON answer; `null` where there is no body.
    pub(crate) async fn json(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let answer = self.open(method, path, &[], body).await;
        let status = answer.status;
        let text = answer.text().await.expect("a whole body");
        let value = serde_json::from_str(&text).unwrap_or(Value::Null);
        (status, value)
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The rest of the body, or the error that broke it off.
    pub(crate) async fn text(mut self) -> Result<String, hyper::Error> {
        while let Some(chunk) = self.chunk().await {
            self.buffer.extend_from_slice(&chunk?);
        }
        Ok(String::from_utf8_lossy(&self.buffer).into_owned())
    }

    /// The `data:` of the next event, or `None` at the end of the stream, clean or not.
    pub(crate) async fn next_data(&mut self) -> Option<String> {
        loop {
            if let Some(end) = find(&self.buffer, b"\n\n") {
                let frame: Vec<u8> = self.buffer.drain(..end + 2).collect();
                let frame = String::from_utf8_lossy(&frame).into_owned();
                if let Some(data) = frame.trim_end().strip_prefix("data: ") {
                    return Some(data.to_owned());
                }
                continue;
            }
            let chunk = self.chunk().await?.ok()?;
            self.buffer.extend_from_slice(&chunk);
        }
    }

    async fn chunk(&mut self) -> Option<Result<Bytes, hyper::Error>> {
        let frame = self.body.frame().await?;
        Some(frame.map(|frame| frame.into_data().unwrap_or_default()))
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
