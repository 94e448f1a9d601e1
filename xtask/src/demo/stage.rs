//! The server and the model that the example talks to.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Once;

use anyhow::{Context as _, Result, anyhow};
use opencode_testkit::model::Model;
use opencode_testkit::real::{self, Binary, RealError, RealServer};

use super::progress;

/// Everything that must stay alive while the example runs.
pub(crate) struct Stage {
    url: String,
    directory: PathBuf,
    server: Option<RealServer>,
    /// Answers the server's model calls for as long as it lives.
    _model: Option<Model>,
}

/// Finds the server program, or fetches it with npm.
///
/// Before the first line about that, `announce` is called; not at all when there is no server to be had,
/// because then the reason is the only thing worth saying.
pub(crate) async fn find_server(announce: impl Fn() + Send + Sync) -> Result<Binary> {
    let once = Once::new();
    let binary = real::locate_or_install(|phase| {
        once.call_once(&announce);
        progress::say(phase);
    })
    .await
    .map_err(with_output)?;
    once.call_once(announce);
    Ok(binary)
}

impl Stage {
    /// Starts the server in a fresh directory, with a scripted model or with the person's own configuration.
    pub(crate) async fn set(binary: Binary, is_scripted: bool) -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("opencode-demo-")
            .tempdir()
            .context("cannot make a directory for the session")?;
        let mut builder =
            RealServer::builder().binary(binary).directory(directory.path()).on_phase(progress::say);
        let model = if is_scripted {
            let model = Model::demo().await;
            builder = builder.model_url(model.url()).config(&Model::demo_config());
            Some(model)
        } else {
            builder = builder.own_configuration(true);
            None
        };
        let server = builder.start().await.map_err(with_output)?;
        // The agent is about to write files that the person wants to see, so it outlives us from here on.
        let _kept = directory.keep();
        Ok(Self {
            url: server.url().to_owned(),
            directory: server.directory().to_path_buf(),
            server: Some(server),
            _model: model,
        })
    }

    /// Uses a server that somebody else has started, and the current directory.
    pub(crate) fn elsewhere(url: &str) -> Result<Self> {
        Ok(Self {
            url: url.to_owned(),
            directory: env::current_dir().context("the current directory is gone")?,
            server: None,
            _model: None,
        })
    }

    /// The server's base address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The password of the server we started; somebody else's is in the environment already.
    pub(crate) fn password(&self) -> Option<&str> {
        self.server.as_ref().and_then(RealServer::password)
    }

    /// The session's directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Stops what was started and says where the files are.
    pub(crate) async fn clear(self) {
        if let Some(server) = &self.server {
            progress::when_slow("stopping the server", server.terminate()).await;
            progress::say(format_args!("files of this run: {}", self.directory.display()));
        }
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Stage")
            .field("url", &self.url)
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

/// What the server or npm printed belongs to the reason; a missing server stays one sentence.
fn with_output(error: RealError) -> anyhow::Error {
    match error.output().map(str::trim).filter(|output| !output.is_empty()) {
        Some(output) => anyhow!("{error}\n{output}"),
        None => error.into(),
    }
}
