//! A small HTTP client, so that the tests see what is on the wire.

use std::collections::VecDeque;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opencode_testkit::server::Server;
use serde_json::Value;
use tokio::net::TcpStream;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {:?}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Sends a request on a connection of its own. `Err` when the connection closes without a whole answer.
pub(crate) async fn try_send(
    server: &Server,
    request: http::Request<Full<Bytes>>,
) -> Result<Answer, hyper::Error> {
    let response = open(server, request).await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.into_body().collect().await?.to_bytes();
    Ok(Answer { status, headers, text: String::from_utf8(body.to_vec()).unwrap() })
}

async fn open(
    server: &Server,
    request: http::Request<Full<Bytes>>,
) -> Result<http::Response<Incoming>, hyper::Error> {
    let socket = TcpStream::connect(server.addr()).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    tokio::spawn(connection);
    sender.send_request(request).await
}

pub(crate) fn request(method: &str, path: &str, body: Option<&Value>) -> http::Request<Full<Bytes>> {
    let builder = http::Request::builder().method(method).uri(path).header("host", "test");
    match body {
        Some(body) => {
            builder.header("content-type", "application/json").body(Full::from(body.to_string())).unwrap()
        }
        None => builder.body(Full::default()).unwrap(),
    }
}

pub(crate) async fn get(server: &Server, path: &str) -> Answer {
    try_send(server, request("GET", path, None)).await.unwrap()
}

pub(crate) async fn delete(server: &Server, path: &str) -> Answer {
    try_send(server, request("DELETE", path, None)).await.unwrap()
}

pub(crate) async fn post(server: &Server, path: &str, body: Value) -> Answer {
    try_send(server, request("POST", path, Some(&body))).await.unwrap()
}

/// Creates a session and returns its id.
pub(crate) async fn create(server: &Server) -> String {
    let answer = post(server, "/session", serde_json::json!({"title": "test"})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Prompts a session with a text.
pub(crate) async fn prompt(server: &Server, session_id: &str) {
    let body = serde_json::json!({"parts": [{"type": "text", "text": "go"}]});
    let answer = post(server, &format!("/session/{session_id}/prompt_async"), body).await;
    assert_eq!(answer.status, 204, "{answer:?}");
}

/// How an event stream ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Clean,
    Broken,
}

/// An open event stream.
pub(crate) struct Events {
    body: Incoming,
    pub(crate) content_type: String,
    /// The data of each chunk, as it came.
    pub(crate) chunks: Vec<Bytes>,
    buffer: String,
    ready: VecDeque<Value>,
}

impl Events {
    pub(crate) async fn open(server: &Server, path: &str) -> Self {
        let response = open(server, request("GET", path, None)).await.unwrap();
        assert_eq!(response.status(), 200);
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        let body = response.into_body();
        Self { body, content_type, chunks: Vec::new(), buffer: String::new(), ready: VecDeque::new() }
    }

    /// Opens `/event` and waits for the greeting.
    pub(crate) async fn connect(server: &Server) -> Self {
        let mut events = Self::open(server, "/event").await;
        assert_eq!(events.next().await["type"], "server.connected");
        events
    }

    /// The next chunk, or how the stream ended.
    pub(crate) async fn chunk(&mut self) -> Result<Bytes, End> {
        match self.body.frame().await {
            Some(Ok(frame)) => {
                let bytes = frame.into_data().unwrap_or_default();
                self.chunks.push(bytes.clone());
                Ok(bytes)
            }
            Some(Err(_)) => Err(End::Broken),
            None => Err(End::Clean),
        }
    }

    /// The next event, parsed by the simplest rules: `data:` lines and `\n`.
    pub(crate) async fn next(&mut self) -> Value {
        match self.try_next().await {
            Ok(event) => event,
            Err(end) => panic!("the stream has ended: {end:?}"),
        }
    }

    pub(crate) async fn try_next(&mut self) -> Result<Value, End> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            let bytes = self.chunk().await?;
            self.buffer.push_str(std::str::from_utf8(&bytes).unwrap());
            while let Some(end) = self.buffer.find("\n\n") {
                let frame: String = self.buffer.drain(..end + 2).collect();
                let data = frame.trim_end().strip_prefix("data: ").unwrap();
                self.ready.push_back(serde_json::from_str(data).unwrap());
            }
        }
    }

    /// All events up to and including the `count`th of this type.
    pub(crate) async fn until(&mut self, kind: &str, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        let mut seen = 0;
        while seen < count {
            let event = self.next().await;
            seen += usize::from(event["type"] == kind || event["payload"]["type"] == kind);
            events.push(event);
        }
        events
    }

    /// All events up to and including the marker that this call makes the server send.
    pub(crate) async fn so_far(&mut self, server: &Server) -> Vec<Value> {
        server.emit("test.marker", serde_json::json!({}));
        let mut events = self.until("test.marker", 1).await;
        events.pop();
        events
    }

    /// Everything left, and how the stream ended.
    pub(crate) async fn rest(&mut self) -> (Vec<Value>, End) {
        let mut events = Vec::new();
        loop {
            match self.try_next().await {
                Ok(event) => events.push(event),
                Err(end) => return (events, end),
            }
        }
    }
}

/// What one event is about, in a few words, to compare whole turns by.
pub(crate) fn label(event: &Value) -> String {
    let properties = &event["properties"];
    let (info, part) = (&properties["info"], &properties["part"]);
    let kind = event["type"].as_str().unwrap();
    let mut words = vec![kind.to_owned()];
    match kind {
        "session.status" => words.push(properties["status"]["type"].as_str().unwrap().to_owned()),
        "message.updated" => {
            words.push(info["role"].as_str().unwrap().to_owned());
            for (name, value) in
                [("summary", &info["summary"]), ("finish", &info["finish"]), ("error", &info["error"])]
            {
                if !value.is_null() {
                    words.push(name.to_owned());
                }
            }
            if !info["time"]["completed"].is_null() {
                words.push("completed".to_owned());
            }
        }
        "message.part.updated" => {
            words[0] = "part".to_owned();
            words.push(part["type"].as_str().unwrap().to_owned());
            if let Some(status) = part["state"]["status"].as_str() {
                words.push(status.to_owned());
            }
            if !part["time"]["end"].is_null() {
                words.push("end".to_owned());
            }
        }
        "message.part.delta" => words[0] = "delta".to_owned(),
        _ => {}
    }
    words.join(" ")
}

pub(crate) fn labels(events: &[Value]) -> Vec<String> {
    events.iter().map(label).collect()
}
