//! A database client of a few lines: enough to see that a server is there and keeps its data.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One connection, which panics where the server says or does anything unexpected.
pub(crate) struct Session {
    socket: TcpStream,
}

impl Session {
    /// Connects without a password, with what stands in `postgres://USER@HOST:PORT/DATABASE`.
    pub(crate) async fn open(url: &str) -> Self {
        let (user, rest) =
            url.strip_prefix("postgres://").and_then(|url| url.split_once('@')).expect("a user");
        let (server, database) = rest.split_once('/').expect("a database");
        let mut session = Self { socket: TcpStream::connect(server).await.expect("the server accepts") };
        // Version 3.0 of the protocol, then names and values.
        let mut body = vec![0, 3, 0, 0];
        for text in ["user", user, "database", database, ""] {
            body.extend_from_slice(text.as_bytes());
            body.push(0);
        }
        session.send(&[], &body).await;
        session.first_values().await;
        session
    }

    /// Runs statements and returns the first column of every row.
    pub(crate) async fn ask(&mut self, statements: &str) -> Vec<String> {
        self.say(statements).await;
        self.first_values().await
    }

    /// Sends statements and does not wait for an answer.
    pub(crate) async fn say(&mut self, statements: &str) {
        self.send(b"Q", format!("{statements}\0").as_bytes()).await;
    }

    /// Waits until the server has ended the connection.
    pub(crate) async fn ended(&mut self) {
        let mut rest = Vec::new();
        // A reset is an end too.
        let _reset = self.socket.read_to_end(&mut rest).await;
    }

    async fn send(&mut self, kind: &[u8], body: &[u8]) {
        let length = u32::try_from(body.len() + 4).expect("a short message");
        let message = [kind, &length.to_be_bytes(), body].concat();
        self.socket.write_all(&message).await.expect("the server reads");
    }

    async fn first_values(&mut self) -> Vec<String> {
        let mut values = Vec::new();
        loop {
            let kind = self.socket.read_u8().await.expect("the server answers");
            let length = self.socket.read_u32().await.expect("a length");
            let mut body = vec![0; length as usize - 4];
            self.socket.read_exact(&mut body).await.expect("a whole message");
            match kind {
                b'Z' => return values,
                b'E' => panic!("the server says {}", String::from_utf8_lossy(&body)),
                // The number of columns and the length of the first come before it.
                b'D' => {
                    let length = u32::from_be_bytes([body[2], body[3], body[4], body[5]]) as usize;
                    values.push(String::from_utf8_lossy(&body[6..6 + length]).into_owned());
                }
                _ => {}
            }
        }
    }
}
