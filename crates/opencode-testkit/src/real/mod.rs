//! The real server: found or fetched, started quietly, ended completely.
//!
//! [`RealServer`] runs `opencode serve` in a home of its own with a scripted model behind it, so
//! that a test can see what the server really does, offline and without an account.
//!
//! ```no_run
//! # async fn example() {
//! use opencode_testkit::model::Model;
//! use opencode_testkit::real::RealServer;
//!
//! let model = Model::start().await;
//! let builder = RealServer::builder().model_url(model.url());
//! let Some(server) = builder.start_or_skip().await else {
//!     return;
//! };
//! println!("{} in {}", server.url(), server.directory().display());
//! # }
//! ```
//!
//! # Which program
//!
//! `OPENCODE_BIN`, else `opencode` on the `PATH`, else version [`PINNED_VERSION`] in the user's
//! cache directory, where [`install`] puts it with `npm`.
//! A test skips itself where none of these is to be had, and fails instead with
//! `OPENCODE_TEST_REQUIRE=1` or `CI=true`.
//!
//! # What a private server sees
//!
//! A home, data, state, cache and temporary directory of its own; a configuration file with one
//! model; no environment but `PATH` and the like; no model catalogue, plug-in, language server,
//! update or search program from the network.
//! All of it is deleted with the [`RealServer`].

mod binary;
mod builder;
mod cache;
mod environment;
mod error;
mod health;
mod home;
mod install;
mod launch;
mod phase;
mod platform;
mod project;
mod random;
mod settings;
mod skip;
mod strays;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use self::launch::{Launch, Launched, Setback};
use crate::machine::process::ServerProcess;
use crate::machine::{PORT_ATTEMPTS, port};

pub use self::binary::{Binary, BinarySource, locate, locate_or_install};
pub use self::builder::RealServerBuilder;
pub use self::error::RealError;
pub use self::install::install;
pub use self::phase::Phase;
pub use self::settings::SCRIPTED_MODEL;
pub use self::skip::binary_or_skip;

/// The version that [`install`] fetches and that everything here was checked against.
pub const PINNED_VERSION: &str = "1.18.33";

/// How long a server may take to close its database before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// A running `opencode serve`, and everything it has started.
///
/// Dropping it kills the whole process group, waits until the server is gone, kills the shell
/// commands that it had started in sessions of their own (on Linux, where they can be told) and
/// deletes the private directories.
/// The server may be shared by tests with runtimes of their own.
pub struct RealServer {
    // The process is declared before the launch, whose private directories must outlive it.
    process: Mutex<Arc<ServerProcess>>,
    port: u16,
    url: String,
    version: String,
    launch: Launch,
}

impl RealServer {
    /// Choices first, then [`start`](RealServerBuilder::start) or
    /// [`start_or_skip`](RealServerBuilder::start_or_skip).
    pub fn builder() -> RealServerBuilder {
        RealServerBuilder::new()
    }

    /// The base address, `http://127.0.0.1:PORT`; a [`restart`](Self::restart) keeps it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port in [`url`](Self::url).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The password, which goes with the user name `opencode`; `None` after
    /// [`without_password`](RealServerBuilder::without_password).
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        self.launch.password.as_deref()
    }

    /// The project directory, with links resolved, as the server reports it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.launch.directory
    }

    /// The version that the server reported when it became ready.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The program that runs.
    #[must_use]
    pub fn binary(&self) -> &Binary {
        &self.launch.binary
    }

    /// The process id, or `None` once the process has ended.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        let process = self.process();
        process.exit_status().is_none().then(|| process.pid())
    }

    /// The end of what the current process has printed on both streams, 32 KiB at most.
    #[must_use]
    pub fn output(&self) -> String {
        self.process().output.tail()
    }

    /// Kills the process group at once and waits until the server is gone; what `SIGKILL` or a
    /// power cut does to a turn can then be seen after a [`restart`](Self::restart).
    ///
    /// A shell command that a turn was running survives this, as it does in real life, until the
    /// `RealServer` is dropped.
    ///
    /// # Cancel safety
    ///
    /// The signal is sent by the first poll; dropping the future only ends the waiting.
    pub async fn kill(&self) {
        self.process().kill().await;
    }

    /// Asks the process group to end, and kills it after 5 s.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the server with the request to end and nothing that enforces it.
    pub async fn terminate(&self) {
        self.process().terminate(GRACE).await;
    }

    /// Starts the server again on the same port, password, project and data; a running one is
    /// ended first as by [`terminate`](Self::terminate).
    ///
    /// # Errors
    ///
    /// As [`RealServerBuilder::start`]; the server is then not running.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends what was started; the server may then be running or not.
    pub async fn restart(&self) -> Result<(), RealError> {
        self.terminate().await;
        let port = self.port;
        let launched = start_on(&self.launch, || Ok(port)).await?.1;
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        *process = Arc::new(launched.process);
        Ok(())
    }

    async fn first_start(launch: Launch) -> Result<Self, RealError> {
        let (port, launched) = start_on(&launch, free_port).await?;
        Ok(Self {
            process: Mutex::new(Arc::new(launched.process)),
            port,
            url: format!("http://127.0.0.1:{port}"),
            version: launched.version,
            launch,
        })
    }

    fn process(&self) -> Arc<ServerProcess> {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&process)
    }
}

impl std::fmt::Debug for RealServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The password stays out.
        f.debug_struct("RealServer")
            .field("url", &self.url)
            .field("version", &self.version)
            .field("directory", &self.launch.directory)
            .field("pid", &self.pid())
            .finish_non_exhaustive()
    }
}

fn free_port() -> Result<u16, RealError> {
    port::free().map_err(RealError::prepare("127.0.0.1:0"))
}

/// Between the choice of a port and the server's taking it, somebody else can take it; then the
/// next choice is tried.
async fn start_on(
    launch: &Launch,
    choose: impl Fn() -> Result<u16, RealError> + Send + Sync,
) -> Result<(u16, Launched), RealError> {
    let mut last_output = String::new();
    for _attempt in 0..PORT_ATTEMPTS {
        let port = choose()?;
        match launch.attempt(port).await {
            Ok(launched) => return Ok((port, launched)),
            Err(Setback::PortTaken { output }) => last_output = output,
            Err(Setback::Final(error)) => return Err(error),
        }
    }
    Err(RealError::NoPort { output: last_output })
}
