//! How a real server is to be started.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::binary::{Binary, locate_or_install};
use super::error::RealError;
use super::home::PrivateHome;
use super::launch::Launch;
use super::phase::Phase;
use super::settings::Settings;
use super::strays::Strays;
use super::{RealServer, project, random};

/// Choices about a [`RealServer`]; made by [`RealServer::builder`].
///
/// Without any choice: the program that [`locate`](super::locate) finds, an empty project
/// directory, private data, a fresh password, no network, and a model address where nothing
/// listens.
#[must_use = "a builder does nothing until `start` is called"]
pub struct RealServerBuilder {
    binary: Option<Binary>,
    directory: Option<PathBuf>,
    repository: bool,
    own_configuration: bool,
    protected: bool,
    settings: Settings,
    extra: Vec<(String, String)>,
    limit: Duration,
    on_phase: Box<dyn Fn(Phase) + Send + Sync>,
}

impl RealServerBuilder {
    pub(super) fn new() -> Self {
        Self {
            binary: None,
            directory: None,
            repository: false,
            own_configuration: false,
            protected: true,
            settings: Settings::default(),
            extra: Vec::new(),
            limit: Duration::from_secs(60),
            on_phase: Box::new(|_| ()),
        }
    }

    /// Takes this program and looks for no other.
    pub fn binary(mut self, binary: Binary) -> Self {
        self.binary = Some(binary);
        self
    }

    /// Works in this directory, which is made if it is missing and never deleted.
    ///
    /// Without it the project is an empty directory that goes with the server.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Makes the project directory a git repository with one empty commit; needs `git`.
    pub fn git(mut self, repository: bool) -> Self {
        self.repository = repository;
        self
    }

    /// Sends every prompt to the OpenAI-compatible server at this base URL, which ends in `/v1`:
    /// [`Model::url`](crate::model::Model::url).
    pub fn model_url(mut self, base_url: impl Into<String>) -> Self {
        self.settings.model_url = Some(base_url.into());
        self
    }

    /// Replaces the permission rules, `{"edit":"allow","bash":"ask","webfetch":"deny"}`.
    pub fn permission(mut self, rules: Value) -> Self {
        self.settings.permission = rules;
        self
    }

    /// Lets the server keep file snapshots, which reverting needs; they cost about 100 ms a turn.
    pub fn snapshot(mut self, snapshot: bool) -> Self {
        self.settings.snapshot = snapshot;
        self
    }

    /// Lays a JSON object over the configuration file: objects are merged, `null` removes.
    ///
    /// May be called again; the later call wins.
    pub fn config(mut self, overlay: &Value) -> Self {
        self.settings.overlays.push(overlay.clone());
        self
    }

    /// Sets one environment variable of the server, after all others.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// Starts without a password: everything on this machine can then use the server.
    pub fn without_password(mut self) -> Self {
        self.protected = false;
        self
    }

    /// Uses the person's own home, environment and configuration: their models and logins.
    ///
    /// No configuration is written, and [`model_url`](Self::model_url),
    /// [`permission`](Self::permission), [`snapshot`](Self::snapshot) and
    /// [`config`](Self::config) have no effect.
    /// Such a server reaches the network and may cost money.
    pub fn own_configuration(mut self, own: bool) -> Self {
        self.own_configuration = own;
        self
    }

    /// How long the server may take to become ready; 60 s, because a busy machine is no failure.
    pub fn ready_within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Calls back at the start of each thing that may take over a second.
    pub fn on_phase(mut self, callback: impl Fn(Phase) + Send + Sync + 'static) -> Self {
        self.on_phase = Box::new(callback);
        self
    }

    /// Starts the server and waits until it answers with its password.
    ///
    /// Fetches the program first where this machine has none but has `npm`.
    ///
    /// # Errors
    ///
    /// Every [`RealError`]; one about a server that did start carries the end of its
    /// [`output`](RealError::output).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends what was started and deletes the private directories.
    pub async fn start(self) -> Result<RealServer, RealError> {
        let binary = match self.binary {
            Some(binary) => binary,
            None => locate_or_install(&self.on_phase).await?,
        };
        let home = PrivateHome::create()?;
        if !self.own_configuration {
            home.furnish(&self.settings.to_json())?;
        }
        let directory = self.directory.unwrap_or_else(|| home.root().join("project"));
        let launch = Launch {
            binary,
            directory: project::prepare(&directory, self.repository)?,
            strays: Strays::with_fresh_mark()?,
            home,
            isolated: !self.own_configuration,
            extra: self.extra,
            password: self.protected.then(random::hex).transpose()?,
            limit: self.limit,
            on_phase: self.on_phase,
        };
        RealServer::first_start(launch).await
    }
}

impl std::fmt::Debug for RealServerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither the configuration nor the extra variables: both may hold keys.
        f.debug_struct("RealServerBuilder")
            .field("binary", &self.binary)
            .field("directory", &self.directory)
            .field("repository", &self.repository)
            .field("own_configuration", &self.own_configuration)
            .field("protected", &self.protected)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
