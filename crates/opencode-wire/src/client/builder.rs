//! Configuring a client.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, Response};
use secrecy::SecretString;
use tower_layer::Layer;
use tower_service::Service;

use super::base_url::BaseUrl;
use super::body::{BoxError, RequestBody, ResponseBody};
use super::connect::{Connector, Transport, tcp};
use super::facts::Facts;
use super::layers::{BoxLayer, Buffers, HttpService, boxed, pool};
use super::scope::Scope;
use super::{Client, RetryPolicy, Shared, Timeouts, config, credentials};
use crate::error::{Error, ErrorKind, Result};
use crate::hub::{Hub, StreamOptions};
use crate::ids::WorkspaceId;

const DEFAULT_USER_AGENT: &str = concat!("opencode-wire/", env!("CARGO_PKG_VERSION"));
const DEFAULT_MAX_RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// The settings of a [`Client`]. All have defaults; [`build`](Self::build) checks them together.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use opencode_wire::Client;
///
/// let client = Client::builder()
///     .base_url("http://127.0.0.1:4096")
///     .password("from a vault")
///     .directory("/srv/projects/blue")
///     .response_timeout(Some(Duration::from_secs(20)))
///     .build()?;
/// # Ok::<(), opencode_wire::Error>(())
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    base_url: String,
    unix_socket: Option<PathBuf>,
    username: Option<String>,
    password: Option<SecretString>,
    directory: Option<PathBuf>,
    workspace: Option<WorkspaceId>,
    timeouts: Timeouts,
    retry: RetryPolicy,
    user_agent: String,
    max_response_bytes: usize,
    stream: StreamOptions,
    layers: Vec<BoxLayer>,
    #[cfg(feature = "rustls-tls")]
    root_certificates: Vec<Vec<u8>>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base_url: config::DEFAULT_BASE_URL.to_owned(),
            unix_socket: None,
            username: None,
            password: None,
            directory: None,
            workspace: None,
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            user_agent: DEFAULT_USER_AGENT.to_owned(),
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
            stream: StreamOptions::default(),
            layers: Vec::new(),
            #[cfg(feature = "rustls-tls")]
            root_certificates: Vec::new(),
        }
    }
}

impl ClientBuilder {
    /// Takes base URL, user, password and time limit from the environment, as [`Client::from_env`] does.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] when a variable is not UTF-8, or the time limit is not a number.
    pub fn from_env() -> Result<Self> {
        config::apply(Self::default(), config::environment)
    }

    /// Sets where the server is: `http://`, `https://` (feature `rustls-tls`) or `unix:///path/to.sock`.
    ///
    /// `http://127.0.0.1:4096` unless set. A path is kept and put before every route, and a query is sent with every
    /// request. A user and a password in it are used as if they had been set here, and never shown.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Connects to a Unix socket, whatever the host of the base URL.
    #[cfg(unix)]
    pub fn unix_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.unix_socket = Some(path.into());
        self
    }

    /// Sets the user; `opencode` unless set. Without a password nothing is sent.
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Sets the password that the server was started with.
    pub fn password(mut self, password: impl Into<SecretString>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Sets the directory to work in; the server's own working directory unless set.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets the workspace to work in.
    pub fn workspace(mut self, workspace: WorkspaceId) -> Self {
        self.workspace = Some(workspace);
        self
    }

    /// Limits how long a connection may take; `None` leaves it to the operating system.
    pub fn connect_timeout(mut self, limit: Option<Duration>) -> Self {
        self.timeouts.connect = limit;
        self
    }

    /// Limits how long the head of an answer may take; `None` waits for ever.
    ///
    /// Synchronous prompts have no such limit, because their answer starts when the turn has ended.
    pub fn response_timeout(mut self, limit: Option<Duration>) -> Self {
        self.timeouts.response = limit;
        self
    }

    /// Limits the silence in the middle of an answer; `None` waits for ever.
    pub fn body_idle_timeout(mut self, limit: Option<Duration>) -> Self {
        self.timeouts.body_idle = limit;
        self
    }

    /// Sets which requests are tried again, and when.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the `User-Agent`; `opencode-wire/` and the version unless set.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Limits how large an answer may be, in bytes; 64 MiB unless set. Event streams have no such limit here.
    pub fn max_response_bytes(mut self, limit: usize) -> Self {
        self.max_response_bytes = limit;
        self
    }

    /// Sets how the event stream is kept alive.
    pub fn stream(mut self, options: StreamOptions) -> Self {
        self.stream = options;
        self
    }

    /// Trusts the certificates of a PEM text, besides those that the operating system trusts.
    #[cfg(feature = "rustls-tls")]
    pub fn root_certificate_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Puts a tower layer around the transport; of several, the last one sees a request first.
    ///
    /// A layer sees each try of a request, with its headers (the password among them, marked sensitive). One that
    /// repeats requests breaks the promise that a prompt is sent once.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<HttpService> + Send + Sync + 'static,
        L::Service:
            Service<Request<RequestBody>, Response = Response<ResponseBody>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<RequestBody>>>::Error: Into<BoxError>,
        <L::Service as Service<Request<RequestBody>>>::Future: Send + 'static,
    {
        self.layers.push(boxed(layer));
        self
    }

    /// Makes the client. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] when the base URL cannot be used, the directory is not UTF-8, or user, password,
    /// user agent or certificates are malformed.
    pub fn build(self) -> Result<Client> {
        let parsed = BaseUrl::parse(&self.base_url)?;
        let mut base_url = parsed.base_url;
        if let Some(path) = self.unix_socket.clone() {
            base_url.socket = Some(path);
        }
        let mut scope = Scope { directory: None, workspace: self.workspace.clone() };
        if let Some(directory) = &self.directory {
            scope.set_directory(directory)?;
        }
        let username = self.username.clone().or(parsed.username);
        let password = self.password.clone().or(parsed.password).and_then(credentials::non_blank);
        let mut headers = HeaderMap::new();
        if let Some(password) = password {
            headers.insert(AUTHORIZATION, credentials::basic(username.as_deref(), &password)?);
        }
        headers.insert(USER_AGENT, user_agent(&self.user_agent)?);

        let connector = Connector { transport: self.transport(&base_url)?, timeout: self.timeouts.connect };
        let stack = |connector, buffers| {
            self.layers.iter().fold(pool(connector, buffers), |service, layer| layer(service))
        };
        let frugal_service = stack(connector.clone(), Buffers::Frugal);
        let service = stack(connector, Buffers::Ordinary);
        let shared = Shared {
            service,
            frugal_service,
            base_url,
            headers,
            timeouts: self.timeouts,
            retry: self.retry,
            max_response_bytes: self.max_response_bytes,
            hub: Hub::new(self.stream),
            facts: Facts::default(),
        };
        Ok(Client { shared: Arc::new(shared), scope })
    }

    fn transport(&self, base_url: &BaseUrl) -> Result<Transport> {
        #[cfg(feature = "rustls-tls")]
        let roots = {
            let mut roots = Vec::new();
            for pem in &self.root_certificates {
                roots.extend(super::tls::certificates(pem)?);
            }
            roots
        };
        if let Some(path) = &base_url.socket {
            return unix_socket(path.clone(), base_url.is_https());
        }
        if !base_url.is_https() {
            return Ok(Transport::Tcp(tcp()));
        }
        #[cfg(feature = "rustls-tls")]
        return super::tls::connector(roots).map(Transport::Tls);
        #[cfg(not(feature = "rustls-tls"))]
        Err(Error::new(ErrorKind::InvalidConfig, "https needs the feature `rustls-tls` of opencode-wire"))
    }
}

/// Secrets are neither here nor in what is shown of the base URL.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base_url = BaseUrl::parse(&self.base_url).ok().map(|parsed| parsed.base_url);
        formatter
            .debug_struct("ClientBuilder")
            .field("base_url", &base_url)
            .field("password", &self.password.as_ref().map(|_| "…"))
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

fn user_agent(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(|source| {
        Error::new(ErrorKind::InvalidConfig, "the user agent cannot be sent in a header").with_source(source)
    })
}

#[cfg(unix)]
fn unix_socket(path: PathBuf, https: bool) -> Result<Transport> {
    if https {
        let message = "https over a Unix socket is not supported: write http";
        return Err(Error::new(ErrorKind::InvalidConfig, message));
    }
    Ok(Transport::Unix(super::unix::UnixConnector::new(path)))
}

#[cfg(not(unix))]
fn unix_socket(_: PathBuf, _: bool) -> Result<Transport> {
    Err(Error::new(ErrorKind::InvalidConfig, "this operating system has no Unix sockets"))
}
