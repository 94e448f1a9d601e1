//! A scripted OpenCode server: a test double on a real socket.
//!
//! [`Server`] speaks the part of OpenCode's HTTP and event stream API that clients use. It keeps sessions and messages
//! coherently, answers prompts with [`Script`]s, disturbs requests with [`Fault`]s and event streams with
//! [`StreamStyle`]s, and records every request. Nothing in it waits for wall-clock time: what has to wait does so
//! at a named gate, until the test calls [`Server::release`], or on tokio's clock, which a test can pause. (A paused
//! clock runs ahead whenever all tasks wait, for a socket too: pause it only around what is measured.)
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use opencode_testkit::server::{Script, Server};
//!
//! let server = Server::start().await;
//! server.script(Script::new().text("Hello from ").hold("half").more("the script."));
//!
//! // A client under test would do these two over HTTP, at `server.url()`.
//! let session_id = server.create_session("Greeting");
//! server.prompt(&session_id, "Say hello.");
//!
//! server.wait_for_hold("half").await;
//! assert_eq!(server.text(&session_id), "", "deltas are not stored");
//! server.release("half");
//! server.wait_for_idle(&session_id).await;
//! assert_eq!(server.text(&session_id), "Hello from the script.");
//! # }
//! ```
//!
//! # Ids and times
//!
//! Both are deterministic: ids come from a seeded generator and a [`Clock`] that ticks with every reading. With one
//! session at work, two runs of a test see the same bytes.
//!
//! # What it leaves out
//!
//! It has no files, no model and no permissions of its own; tools do nothing but appear. It answers the routes below
//! `/session`, `/permission`, `/question`, `/event`, `/global`, `/file`, `/find`, and a few that describe the
//! installation. Every other path gets the web page with status 200, as from a real server.

mod access;
mod assert;
mod builder;
mod clock;
mod connection;
mod control;
mod core;
mod errors;
mod event;
mod family;
mod fault;
mod gate;
mod handle;
mod ids;
mod listen;
mod options;
mod play;
mod record;
mod reply;
mod request;
mod routes;
mod script;
mod state;
mod stream;
mod text;
mod wait;

use std::fmt;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use builder::ServerBuilder;
pub use clock::Clock;
pub use family::EventFamily;
pub use fault::Fault;
pub use record::RecordedRequest;
pub use script::{Permission, Script, Subagent, Tool, Usage};
pub use stream::{LineEnd, StreamStyle};

use core::Core;
use options::Options;

/// A running scripted server. Dropping it closes all connections and ends all its tasks.
pub struct Server {
    core: Arc<Core>,
    address: SocketAddr,
    url: String,
    accepting: Vec<JoinHandle<()>>,
    /// Changes when all connections shall break.
    epoch: watch::Sender<u64>,
    #[cfg(unix)]
    socket: Option<PathBuf>,
}

impl Server {
    /// Starts a server with the defaults: no password, OpenCode 1.18.33, every prompt answered with `ok`.
    ///
    /// # Panics
    ///
    /// When no port of 127.0.0.1 can be bound, or outside a tokio runtime.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Starts a server whose next prompt is answered with `script`.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn start_with(script: Script) -> Self {
        let server = Self::start().await;
        server.script(script);
        server
    }

    /// Configures a server.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Where clients find the server, base path included, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The TCP address.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The Unix socket, if the server was started with one.
    #[cfg(unix)]
    #[must_use]
    pub fn socket(&self) -> Option<&Path> {
        self.socket.as_deref()
    }

    /// The directory of requests that name none.
    #[must_use]
    pub fn directory(&self) -> String {
        self.core.peek(|state| state.options.directory.clone())
    }

    fn new(options: Options, address: SocketAddr) -> Self {
        let url = format!("http://{address}{}", options.base_path);
        Self {
            core: Core::new(options),
            address,
            url,
            accepting: Vec::new(),
            epoch: watch::Sender::new(0),
            #[cfg(unix)]
            socket: None,
        }
    }

    fn accept_tcp(&mut self, listener: TcpListener) {
        let accepting = listen::accept_tcp(Arc::clone(&self.core), listener, self.epoch.subscribe());
        self.accepting.push(tokio::spawn(accepting));
    }

    #[cfg(unix)]
    fn accept_unix(&mut self, listener: tokio::net::UnixListener, path: PathBuf) {
        let accepting = listen::accept_unix(Arc::clone(&self.core), listener, self.epoch.subscribe());
        self.accepting.push(tokio::spawn(accepting));
        self.socket = Some(path);
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Server").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for accepting in &self.accepting {
            accepting.abort();
        }
        self.core.abort_players();
        #[cfg(unix)]
        if let Some(path) = &self.socket {
            // Somebody else may have removed it, with its directory for instance.
            let _gone = std::fs::remove_file(path);
        }
    }
}
