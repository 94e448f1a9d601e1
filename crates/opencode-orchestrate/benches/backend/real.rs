//! A real server whose model is scripted, run by a supervisor.

use std::path::{Path, PathBuf};
use std::time::Duration;

use opencode_orchestrate::agent::OpenCodeBackend;
use opencode_orchestrate::supervisor::{DataDirectory, Supervisor, SupervisorOptions};
use opencode_orchestrate::turn::{RunOptions, TurnRunner};
use opencode_store::{ArtifactPlace, Store, StoreOptions};
use opencode_testkit::model::Model;
use opencode_testkit::real::{PINNED_VERSION, RealError, locate_or_install};
use serde_json::json;
use tempfile::TempDir;

/// Keeps the server away from the network.
const QUIET: [&str; 4] = [
    "OPENCODE_DISABLE_MODELS_FETCH",
    "OPENCODE_DISABLE_AUTOUPDATE",
    "OPENCODE_DISABLE_DEFAULT_PLUGINS",
    "OPENCODE_DISABLE_LSP_DOWNLOAD",
];

/// Everything that a server needs before it is started, and a store beside it.
pub(crate) struct Stage {
    binary: PathBuf,
    store: Store,
    _model: Model,
    /// Last, so that the files outlive those who use them.
    folder: TempDir,
}

impl Stage {
    /// # Errors
    ///
    /// When there is no server on this machine, and none can be fetched.
    pub(crate) async fn set() -> Result<Self, RealError> {
        let binary = locate_or_install(|_| {}).await?.path().to_owned();
        let folder = tempfile::tempdir().expect("a folder can be made");
        let model = Model::start().await;
        configure(folder.path(), model.url()).expect("files can be written");
        let url = format!("sqlite://{}", folder.path().join("turns.db").display());
        let options = StoreOptions::default().with_artifacts(ArtifactPlace::Nowhere);
        let store = Store::open_with(&url, options).await.expect("the database opens");
        store.migrate().await.expect("the tables are made");
        Ok(Self { binary, store, _model: model, folder })
    }

    /// An agent whose server does not run yet, and who runs it.
    pub(crate) fn agent(&self) -> (OpenCodeBackend, Supervisor) {
        let folder = self.folder.path();
        let mut options = SupervisorOptions::default()
            .with_binary(&self.binary)
            .with_directory(folder)
            .with_data(DataDirectory::Private(folder.join("home")))
            .with_records(folder.join("records"))
            .with_ready_within(Duration::from_secs(120));
        for name in QUIET {
            options = options.with_env(name, "1");
        }
        let supervisor = Supervisor::new(options);
        let runner = TurnRunner::new(self.store.clone(), &supervisor, RunOptions::default());
        (OpenCodeBackend::new(runner), supervisor)
    }

    /// A directory in which nobody has worked yet.
    pub(crate) fn directory(&self, number: usize) -> String {
        let directory = self.folder.path().join(format!("project-{number}"));
        std::fs::create_dir_all(&directory).expect("a folder can be made");
        directory.to_str().expect("temporary folders have plain names").to_owned()
    }
}

/// Writes the configuration of a server that asks a scripted model.
fn configure(folder: &Path, model_url: &str) -> std::io::Result<()> {
    let config = json!({
        "model": "scripted/scripted-1",
        "small_model": "scripted/scripted-1",
        "enabled_providers": ["scripted"],
        "share": "disabled",
        "snapshot": false,
        "provider": { "scripted": {
            "npm": "@ai-sdk/openai-compatible",
            "options": { "baseURL": model_url, "apiKey": "none" },
            "models": { "scripted-1": { "tool_call": true, "limit": { "context": 100_000, "output": 8_000 } } },
        } },
    });
    let directory = folder.join("home/config/opencode");
    // With these there is nothing to be installed for its plugins.
    let lock = json!({ "packages": { "": { "dependencies": { "@opencode-ai/plugin": PINNED_VERSION } } } });
    std::fs::create_dir_all(directory.join("node_modules"))?;
    std::fs::write(directory.join("package-lock.json"), lock.to_string())?;
    std::fs::write(directory.join("opencode.json"), config.to_string())
}
