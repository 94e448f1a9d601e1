//! Commands of agents, which run in sessions of their own: they end with their server, however that ends.

use std::path::Path;

use opencode_orchestrate::supervisor::{Health, Server, Supervisor};
use opencode_testkit::model::{Model, ModelScript, Op};
use opencode_testkit::real::binary_or_skip;
use opencode_wire::drive::Turn;
use rustix::process::{Signal, kill_process};
use serde_json::json;

use super::super::rig::HANGS_AFTER;
use super::owner::Owner;
use super::{configure, pid, supervisor, until};
use crate::support::{is_there, until_gone};

/// A prompt whose agent runs a command for ten minutes, which writes its number into a file.
pub(super) fn endless(file: &Path) -> String {
    let command = format!("sleep 600 & echo $! > {}; wait", file.display());
    let arguments = json!({ "command": command, "description": "Waits", "timeout": 600_000 });
    ModelScript::new().step([Op::tool("bash", arguments)]).to_prompt("Please wait.")
}

/// Lets an agent work.
pub(super) async fn work(server: &Server, prompt: &str) -> Turn {
    let session = server.client().sessions().create("working").await.unwrap();
    session.prompt(prompt).await.unwrap()
}

/// Waits until a command has written its number.
pub(super) async fn told(file: &Path) -> u32 {
    let told = async {
        loop {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            if let Some(number) = text.strip_suffix('\n') {
                return number.parse().unwrap();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(HANGS_AFTER, told).await.expect("the command does not start")
}

/// A supervisor with a server on which an agent runs a command.
struct Working {
    supervisor: Supervisor,
    server: Server,
    command: u32,
    _turn: Turn,
    _model: Model,
    _folder: tempfile::TempDir,
}

impl Working {
    async fn start() -> Option<Self> {
        let (supervisor, folder) = supervisor(Health::default()).await?;
        let model = Model::start().await;
        configure(folder.path(), model.url());
        let server = supervisor.ensure().await.unwrap();
        let file = folder.path().join("command.pid");
        let turn = work(&server, &endless(&file)).await;
        let command = told(&file).await;
        assert!(is_there(command));
        Some(Self { supervisor, server, command, _turn: turn, _model: model, _folder: folder })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g23_what_an_agent_runs_ends_with_a_server_that_is_stopped() {
    let Some(working) = Working::start().await else { return };
    working.supervisor.stop().await;
    assert!(!is_there(working.server.pid()) && !is_there(working.command));
}

#[tokio::test(flavor = "multi_thread")]
async fn g23_what_an_agent_runs_ends_with_a_server_that_is_killed() {
    let Some(working) = Working::start().await else { return };
    let _hold = working.server.hold();
    kill_process(pid(working.server.pid()), Signal::KILL).unwrap();
    until(&working.supervisor, |status| {
        status.running.as_ref().is_some_and(|running| running.generation == 2)
    })
    .await;
    assert!(!is_there(working.command), "it has ended before another server was started");
}

#[tokio::test(flavor = "multi_thread")]
async fn g23_what_an_agent_runs_ends_with_an_owner_that_is_killed() {
    let Some(binary) = binary_or_skip().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start().await;
    configure(folder.path(), model.url());
    let file = folder.path().join("command.pid");
    let owner = Owner::start(binary.path(), folder.path(), folder.path(), &endless(&file)).await;
    let command = told(&file).await;
    assert!(is_there(command));
    until_gone(owner.kill().await).await;
    until_gone(command).await;
}
