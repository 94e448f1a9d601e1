//! Just enough HTTP.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request, as far as anybody looks at it.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    query: String,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// The directory that it is about, as it stands in the query.
    pub(super) fn directory(&self) -> String {
        self.parameter("directory").unwrap_or_default().replace("%2F", "/")
    }

    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.parameter(name)?.parse().ok()
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// A connection on which one request follows the other.
pub(super) struct Connection {
    socket: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub(super) fn new(socket: TcpStream) -> Self {
        Self { socket, received: Vec::new() }
    }

    pub(super) fn into_socket(self) -> TcpStream {
        self.socket
    }

    /// The next request; `None` when the client has gone.
    pub(super) async fn request(&mut self) -> io::Result<Option<Request>> {
        let end = loop {
            if let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if self.socket.read_buf(&mut self.received).await? == 0 {
                return Ok(None);
            }
        };
        let head = String::from_utf8_lossy(&self.received[..end]).into_owned();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or_default();
        while self.received.len() < end + length {
            if self.socket.read_buf(&mut self.received).await? == 0 {
                return Ok(None);
            }
        }
        let body = self.received[end..end + length].to_vec();
        self.received.drain(..end + length);
        let mut words = head.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Ok(Some(Request { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), body }))
    }

    /// Answers with JSON, or says that there is nothing to say.
    pub(super) async fn answer(&mut self, body: &str) -> io::Result<()> {
        let answer = if body.is_empty() {
            "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
        } else {
            let length = body.len();
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
            )
        };
        self.socket.write_all(answer.as_bytes()).await
    }
}

/// An event as a chunk of its own, which is how a real server sends it.
pub(super) fn frame(data: &str) -> Vec<u8> {
    format!("{:x}\r\ndata: {data}\n\n\r\n", data.len() + 8).into_bytes()
}
