//! Terminals on the server, which it speaks over a WebSocket.
//!
//! A terminal is made by `POST /pty` and is then a session of its own, which lives until its program ends or somebody
//! deletes it. [`Client::connect_pty`] attaches to it: what it printed so far is said again from wherever one likes, and
//! then what it prints while it does.
//!
//! ```no_run
//! # async fn example(client: opencode_wire::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use http::Method;
//! use opencode_wire::pty::{PtyEvent, PtyStart};
//!
//! let made: serde_json::Value =
//!     client.request(Method::POST, "/pty", &[]).json(&serde_json::json!({"command": "bash"})).send_json().await?;
//! let mut terminal = client.connect_pty(made["id"].as_str().unwrap_or_default(), PtyStart::Beginning).await?;
//! terminal.send("echo hello; exit\n").await?;
//! while let Some(event) = terminal.next().await? {
//!     if let PtyEvent::Output(text) = event {
//!         print!("{text}");
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod frame;
mod handshake;

use std::fmt;

use futures_util::{SinkExt as _, StreamExt as _};
use http::Method;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};

use self::frame::Position;
use crate::client::{Client, RequestBuilder};
use crate::error::{Error, ErrorKind, Result};

/// From where on the output of a terminal is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum PtyStart {
    /// From as far back as the server remembers.
    #[default]
    Beginning,
    /// From a [position](Pty::position) on, where an earlier connection has stopped.
    Position(u64),
    /// Only what comes from now on.
    Now,
}

/// What a terminal tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PtyEvent {
    /// It printed this, with its control sequences. A piece may end anywhere between two characters.
    Output(String),
    /// Everything that it had printed before the connection was said; what follows is new. Servers up to 1.1 do not tell
    /// it.
    Live,
}

/// A connection to a terminal on the server.
///
/// Dropping it closes the connection, and the terminal goes on.
pub struct Pty {
    socket: WebSocketStream<TokioIo<Upgraded>>,
    position: Position,
}

impl Client {
    /// Connects to a terminal by its id, `pty_…`.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`NotFound`](ErrorKind::NotFound) if there is no such terminal, because its
    /// program has ended, too. [`Stream`](ErrorKind::Stream) if something between here and the server does not let
    /// WebSockets through.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection. Nothing else happens on the server.
    pub async fn connect_pty(&self, pty_id: &str, start: PtyStart) -> Result<Pty> {
        let request = self.request(Method::GET, "/pty/:pty_id/connect", &[pty_id]);
        connect(request, start).await
    }

    /// Connects to a terminal of the newer API, whose terminals are others: those that `POST /api/pty` makes.
    ///
    /// # Errors
    ///
    /// As [`connect_pty`](Self::connect_pty); [`NotOpenCode`](ErrorKind::NotOpenCode) where the server has no newer API.
    ///
    /// # Cancel safety
    ///
    /// As for [`connect_pty`](Self::connect_pty).
    pub async fn connect_v2_pty(&self, pty_id: &str, start: PtyStart) -> Result<Pty> {
        let request = self.request(Method::GET, "/api/pty/:pty_id/connect", &[pty_id]).unscoped();
        let request = request.query_opt("location[directory]", self.directory());
        connect(request.query_opt("location[workspace]", self.workspace().map(|id| id.as_str())), start).await
    }
}

impl PtyStart {
    /// As the server wants to hear it.
    fn cursor(self) -> String {
        match self {
            Self::Beginning => "0".to_owned(),
            Self::Position(position) => position.to_string(),
            Self::Now => "-1".to_owned(),
        }
    }
}

async fn connect(request: RequestBuilder, start: PtyStart) -> Result<Pty> {
    let upgraded = handshake::shake(request.query("cursor", start.cursor())).await?;
    let config = WebSocketConfig::default();
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, Some(config)).await;
    Ok(Pty { socket, position: Position::default() })
}

impl Pty {
    /// Waits for what the terminal tells next; `None` once the server has closed the connection, as it does when the
    /// program has ended.
    ///
    /// # Errors
    ///
    /// [`Stream`](ErrorKind::Stream) when the connection breaks: connect again from the last [`position`](Self::position).
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: what has arrived is told by the next call. So it can wait beside the person's input in a
    /// `select!`.
    pub async fn next(&mut self) -> Result<Option<PtyEvent>> {
        loop {
            let message = match self.socket.next().await {
                None | Some(Err(tungstenite::Error::ConnectionClosed)) => return Ok(None),
                Some(message) => message.map_err(broken)?,
            };
            if let Message::Close(_) = message {
                return Ok(None);
            }
            if let Some(event) = self.position.take(message) {
                return Ok(Some(event));
            }
        }
    }

    /// Types something: characters, and control characters such as `\u{3}` for Ctrl-C.
    ///
    /// # Errors
    ///
    /// [`Stream`](ErrorKind::Stream) when the connection is closed or breaks. Whether the program has read it is unknown.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves it unknown whether the text was sent; it is sent whole or not at all.
    pub async fn send(&mut self, text: impl Into<String>) -> Result<()> {
        self.socket.send(Message::text(text.into())).await.map_err(broken)
    }

    /// Up to where the output was told, to go on from there with [`PtyStart::Position`]; `None` until
    /// [`PtyEvent::Live`] was told.
    ///
    /// It counts as the server does: the UTF-16 units of everything that was printed.
    #[must_use]
    pub fn position(&self) -> Option<u64> {
        self.position.get()
    }

    /// Closes the connection in good order; the terminal goes on.
    ///
    /// # Errors
    ///
    /// [`Stream`](ErrorKind::Stream) when it breaks meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection at once.
    pub async fn close(mut self) -> Result<()> {
        self.socket.close(None).await.map_err(broken)
    }
}

impl fmt::Debug for Pty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pty").field("position", &self.position()).finish_non_exhaustive()
    }
}

fn broken(source: tungstenite::Error) -> Error {
    Error::new(ErrorKind::Stream, "the connection to the terminal broke").with_source(source)
}
