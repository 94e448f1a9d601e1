//! Commands of agents, which run in sessions of their own: they end with their server, however that ends.

use std::path::{Path, PathBuf};

use opencode_orchestrate::supervisor::{Health, Server, Supervisor};
use opencode_testkit::model::{Model, ModelScript, Op};
use opencode_testkit::real::binary_or_skip;
use opencode_wire::drive::Turn;
use rustix::process::{Signal, kill_process};
use serde_json::json;
use tokio::sync::oneshot;

use super::super::rig::HANGS_AFTER;
use super::owner::Owner;
use super::{configure, pid, supervisor, until};
use crate::support::{is_there, until_gone};

/// A prompt whose agent runs a command for ten minutes, which writes its number there.
pub(super) fn endless(pipe: &Path) -> String {
    let command = format!("sleep 600 & echo $! > {}; wait", pipe.display());
    let arguments = json!({ "command": command, "description": "Waits", "timeout": 600_000 });
    ModelScript::new().step([Op::tool("bash", arguments)]).to_prompt("Please wait.")
}

/// Lets an agent work.
pub(super) async fn work(server: &Server, prompt: &str) -> Turn {
    let session = server.client().sessions().create("working").await.unwrap();
    session.prompt(prompt).await.unwrap()
}

/// A pipe for the number of a command, in this folder.
pub(super) fn pipe(folder: &Path) -> PathBuf {
    let pipe = folder.join("command.pid");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    pipe
}

/// Waits until a command has written its number.
pub(super) async fn told(pipe: PathBuf) -> u32 {
    let (tell, told) = oneshot::channel();
    // A thread of its own: what nobody writes to would keep the runtime from ending.
    std::thread::spawn(move || tell.send(std::fs::read_to_string(pipe)));
    let told = tokio::time::timeout(HANGS_AFTER, told).await.expect("the command does not start");
    told.unwrap().unwrap().trim_end().parse().unwrap()
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
        let pipe = pipe(folder.path());
        let turn = work(&server, &endless(&pipe)).await;
        let command = told(pipe).await;
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
    let pipe = pipe(folder.path());
    let owner = Owner::start(binary.path(), folder.path(), folder.path(), &endless(&pipe)).await;
    let command = told(pipe).await;
    assert!(is_there(command));
    until_gone(owner.kill().await).await;
    until_gone(command).await;
}
