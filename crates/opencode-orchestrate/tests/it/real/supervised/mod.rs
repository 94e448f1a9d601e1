//! The real server, started by a supervisor.

mod left_over;
mod life;
mod owner;
mod recycling;
mod strays;

use std::path::Path;

use opencode_orchestrate::supervisor::{DataDirectory, Health, ServerStatus, Supervisor, SupervisorOptions};
use opencode_testkit::real::binary_or_skip;
use rustix::process::Pid;
use serde_json::json;

use super::rig::HANGS_AFTER;

/// Keeps the server away from the network.
const QUIET: [&str; 4] = [
    "OPENCODE_DISABLE_MODELS_FETCH",
    "OPENCODE_DISABLE_AUTOUPDATE",
    "OPENCODE_DISABLE_DEFAULT_PLUGINS",
    "OPENCODE_DISABLE_LSP_DOWNLOAD",
];

/// A supervisor with a home of its own; nothing where the test is to be skipped.
pub(super) async fn supervisor(health: Health) -> Option<(Supervisor, tempfile::TempDir)> {
    let binary = binary_or_skip().await?;
    let folder = tempfile::tempdir().unwrap();
    Some((Supervisor::new(options(binary.path(), folder.path()).with_health(health)), folder))
}

fn options(binary: &Path, folder: &Path) -> SupervisorOptions {
    // Without it each directory costs the server a second: it goes through the catalogue that it brings along.
    let catalogue = folder.join("models.json");
    std::fs::write(&catalogue, "{}").unwrap();
    let mut options = SupervisorOptions::default()
        .with_binary(binary)
        .with_directory(folder)
        .with_data(DataDirectory::Private(folder.join("home")))
        .with_records(folder.join("records"))
        // Machines of tests are slow when everything runs at once.
        .with_ready_within(HANGS_AFTER)
        .with_env("OPENCODE_MODELS_PATH", catalogue);
    for name in QUIET {
        options = options.with_env(name, "1");
    }
    options
}

/// Writes the configuration of a server that asks a scripted model, and asks nobody before it runs a command.
pub(super) fn configure(folder: &Path, model_url: &str) {
    let config = json!({
        "model": "scripted/scripted-1",
        "small_model": "scripted/scripted-1",
        "enabled_providers": ["scripted"],
        "share": "disabled",
        "snapshot": false,
        "permission": { "bash": "allow" },
        "provider": { "scripted": {
            "npm": "@ai-sdk/openai-compatible",
            "options": { "baseURL": model_url, "apiKey": "none" },
            "models": { "scripted-1": { "tool_call": true, "limit": { "context": 100_000, "output": 8_000 } } },
        } },
    });
    let directory = folder.join("home/config/opencode");
    // With these there is nothing to be installed for its plugins.
    let lock = json!({ "packages": { "": { "dependencies": { "@opencode-ai/plugin": "1.18.33" } } } });
    std::fs::create_dir_all(directory.join("node_modules")).unwrap();
    std::fs::write(directory.join("package-lock.json"), lock.to_string()).unwrap();
    std::fs::write(directory.join("opencode.json"), config.to_string()).unwrap();
}

pub(super) fn pid(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

async fn until(supervisor: &Supervisor, is_so: impl FnMut(&ServerStatus) -> bool + Send) -> ServerStatus {
    let mut status = supervisor.watch();
    let found = tokio::time::timeout(HANGS_AFTER, status.wait_for(is_so)).await;
    found.expect("it should have come to this by now").unwrap().clone()
}
