//! Configuring a scripted server.

use std::io;
#[cfg(unix)]
use std::path::Path;

use super::Server;
use super::clock::Clock;
use super::family::EventFamily;
use super::listen;
use super::options::{Options, Password};
use super::text::normalize_directory;

/// Settings of a [`Server`]; from [`Server::builder`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use opencode_testkit::server::{EventFamily, Server};
///
/// let server = Server::builder()
///     .password("s3cret")
///     .base_path("/proxy/oc")
///     .version("1.2.27")
///     .events(EventFamily::v1_2())
///     .start()
///     .await;
/// assert!(server.url().ends_with("/proxy/oc"));
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct ServerBuilder {
    options: Options,
}

impl ServerBuilder {
    /// Requires Basic auth with the user `opencode` and this password.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.options.password = Some(Password(password.into()));
        self
    }

    /// Serves below a path, as behind a proxy: `/proxy/oc`. Everything else answers with the web page.
    pub fn base_path(mut self, path: impl AsRef<str>) -> Self {
        let path = path.as_ref().trim_matches('/');
        self.options.base_path = if path.is_empty() { String::new() } else { format!("/{path}") };
        self
    }

    /// The version that `/global/health` and sessions name. It does not change what the server does.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.options.version = version.into();
        self
    }

    /// The directory the server was started in: what requests without a directory are about.
    pub fn directory(mut self, directory: impl AsRef<str>) -> Self {
        self.options.directory = normalize_directory(directory.as_ref());
        self
    }

    /// Which generation of event streams the server speaks.
    pub fn events(mut self, family: EventFamily) -> Self {
        self.options.family = family;
        self
    }

    /// Where timestamps come from: a [`Clock`] or a [`ManualClock`](crate::clock::ManualClock).
    pub fn clock(mut self, clock: impl Into<Clock>) -> Self {
        self.options.clock = clock.into();
        self
    }

    /// Seeds the random part of ids. The same seed and the same requests give the same ids.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// Starts the server on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// When no port can be bound, or outside a tokio runtime. [`try_start`](Self::try_start) returns the former.
    pub async fn start(self) -> Server {
        match self.try_start().await {
            Ok(server) => server,
            Err(error) => panic!("the scripted server could not bind a port of 127.0.0.1: {error}"),
        }
    }

    /// The same, without panicking.
    ///
    /// # Errors
    ///
    /// When no port can be bound.
    pub async fn try_start(self) -> io::Result<Server> {
        let listener = listen::bind().await?;
        let address = listener.local_addr()?;
        let mut server = Server::new(self.options, address);
        server.accept_tcp(listener);
        Ok(server)
    }

    /// Starts the server on a Unix socket as well, which must not exist yet. It is removed when the server is
    /// dropped.
    ///
    /// # Errors
    ///
    /// When the socket or no port can be bound.
    #[cfg(unix)]
    pub async fn start_unix(self, path: impl AsRef<Path>) -> io::Result<Server> {
        let path = path.as_ref().to_owned();
        let listener = tokio::net::UnixListener::bind(&path)?;
        let mut server = self.try_start().await?;
        server.accept_unix(listener, path);
        Ok(server)
    }
}
