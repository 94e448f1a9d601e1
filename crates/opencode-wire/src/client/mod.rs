//! The HTTP client.
//!
//! [`Client`] is a cheap handle on a pool of connections and on the settings that its builder took. The calls that
//! people use have methods of their own, described in [`api`](crate::api); [`Client::request`] reaches every other
//! route.
//!
//! # What it promises
//!
//! - A request that changes something is sent once. Only `GET` is ever repeated, by [`RetryPolicy`].
//! - Redirects are not followed: a password never travels to another host.
//! - Ids, directories and other values are escaped: an id cannot reach another route.
//! - No error, no `Debug` and no trace shows a password, a query, a body or a directory.
//!
//! # Traces
//!
//! Each request runs in a [`tracing`] span `request` with `method` and `path`, where `path` is the route
//! (`/session/:session_id/message`) and not the address. Each try ends with an event named `opencode.request` with
//! `method`, `path`, `status`, `duration_ms` and, if it failed, `error`. Both are of level `DEBUG`.
//!
//! # Layers
//!
//! [`ClientBuilder::layer`] takes [tower](tower_layer) layers, for metrics, limits or signatures:
//!
//! ```
//! use opencode_wire::Client;
//! use opencode_wire::client::HttpService;
//!
//! let client = Client::builder()
//!     .layer(tower_layer::layer_fn(|inner: HttpService| inner))
//!     .build()?;
//! # Ok::<(), opencode_wire::Error>(())
//! ```

mod answer;
mod base_url;
mod body;
mod builder;
mod config;
mod connect;
mod credentials;
mod event_body;
mod exchange;
mod facts;
mod failure;
mod frames;
mod layers;
mod request;
mod retry;
mod scope;
mod timeouts;
#[cfg(feature = "rustls-tls")]
mod tls;
#[cfg(unix)]
mod unix;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use http::{HeaderMap, Method};

use self::base_url::BaseUrl;
pub use self::body::{BoxError, RequestBody, ResponseBody};
pub use self::builder::ClientBuilder;
pub use self::event_body::EventBody;
use self::facts::Facts;
pub use self::frames::EventFrames;
pub use self::layers::HttpService;
pub use self::request::RequestBuilder;
pub use self::retry::RetryPolicy;
use self::scope::Scope;
pub use self::timeouts::Timeouts;
use crate::error::Result;
use crate::hub::{Hub, Listener, Topic};
use crate::ids::{MessageId, WorkspaceId};

/// A handle on one OpenCode server.
///
/// Cloning is cheap, and clones share their connections. A client must be used within a tokio runtime.
///
/// # Examples
///
/// ```no_run
/// # async fn example() -> opencode_wire::Result<()> {
/// use opencode_wire::Client;
///
/// let client = Client::new("http://127.0.0.1:4096")?;
/// println!("OpenCode {}", client.health().await?.version);
///
/// let session = client.with_directory("/srv/projects/blue")?.sessions().create("Monads").await?;
/// session.send_prompt_async(&"Explain monads in two sentences.".into()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    scope: Scope,
}

/// What all clones of a client have in common.
struct Shared {
    service: HttpService,
    /// The same with small buffers, for streams that are mostly silent and may be many.
    frugal_service: HttpService,
    base_url: BaseUrl,
    /// Sent with every request; the password is one of them, marked sensitive.
    headers: HeaderMap,
    timeouts: Timeouts,
    retry: RetryPolicy,
    max_response_bytes: usize,
    /// The event stream that all listeners share.
    hub: Hub,
    facts: Facts,
}

impl Client {
    /// A client with default settings for the server at an address such as `http://127.0.0.1:4096`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`](crate::ErrorKind::InvalidConfig) when it is no base URL.
    pub fn new(base_url: impl Into<String>) -> Result<Self> {
        Self::builder().base_url(base_url).build()
    }

    /// A client for the server that the environment describes.
    ///
    /// | variable | meaning | unset or blank |
    /// |---|---|---|
    /// | `OPENCODE_BASE_URL` | where the server is | `http://127.0.0.1:4096` |
    /// | `OPENCODE_SERVER_PASSWORD` | its password | no password |
    /// | `OPENCODE_SERVER_USERNAME` | its user | `opencode` |
    /// | `OPENCODE_TIMEOUT` | limit for the head of an answer, in seconds | 120 |
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`](crate::ErrorKind::InvalidConfig) when one of them cannot be used.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// Starts configuring a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The same client for another directory of the server's file system; connections are shared.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`](crate::ErrorKind::InvalidConfig) when the path is empty or not UTF-8.
    pub fn with_directory(&self, directory: impl AsRef<Path>) -> Result<Self> {
        let mut client = self.clone();
        client.scope.set_directory(directory.as_ref())?;
        Ok(client)
    }

    /// The same client for another workspace; connections are shared.
    #[must_use]
    pub fn with_workspace(&self, workspace: WorkspaceId) -> Self {
        let mut client = self.clone();
        client.scope.workspace = Some(workspace);
        client
    }

    /// The directory that requests are about; `None` is the server's own.
    #[must_use]
    pub fn directory(&self) -> Option<&str> {
        self.scope.directory.as_deref()
    }

    /// The workspace that requests are about.
    #[must_use]
    pub fn workspace(&self) -> Option<&WorkspaceId> {
        self.scope.workspace.as_ref()
    }

    /// Scheme and host of the server, or its socket: enough to tell servers apart, and nothing secret.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.shared.base_url.to_string()
    }

    /// The limits that the client was built with.
    #[must_use]
    pub fn timeouts(&self) -> Timeouts {
        self.shared.timeouts
    }

    /// Listens to events of the server. All listeners share one connection; see [`hub`](crate::hub).
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) {
    /// use opencode_wire::hub::{Notice, Topic};
    ///
    /// let mut listener = client.listen(Topic::All);
    /// loop {
    ///     match listener.next().await {
    ///         Notice::Event(event) => println!("{}", event.kind.type_name()),
    ///         notice => println!("{notice:?}"),
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn listen(&self, topic: Topic) -> Listener {
        self.shared.hub.listen(self, topic)
    }

    /// Mints a message id that the server sorts among its own: on the server's clock, once an event has told it.
    #[must_use]
    pub fn mint_message_id(&self) -> MessageId {
        MessageId::ascending(self.shared.hub.clock(), &mut || fastrand::u64(..))
    }

    /// What was learned of the server.
    pub(crate) fn facts(&self) -> &Facts {
        &self.shared.facts
    }

    /// Starts a request to any route, for those that have no method here.
    ///
    /// `:name` segments of the route are filled with `arguments` in order, escaped. See [`RequestBuilder`].
    pub fn request(&self, method: Method, route: &'static str, arguments: &[&str]) -> RequestBuilder {
        RequestBuilder::new(self.clone(), method, route, arguments)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("base_url", &self.shared.base_url).finish_non_exhaustive()
    }
}
