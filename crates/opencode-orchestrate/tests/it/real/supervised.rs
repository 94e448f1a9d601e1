//! The real server, started by a supervisor.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
use opencode_orchestrate::supervisor::{
    DataDirectory, Health, ServerState, ServerStatus, Supervisor, SupervisorOptions, Why,
};
use opencode_testkit::real::binary_or_skip;
use opencode_wire::Client;
use rustix::process::{Pid, Signal, kill_process};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::rig::HANGS_AFTER;
use crate::support::{is_there, until_gone};

/// Keeps the server away from the network.
const QUIET: [&str; 4] = [
    "OPENCODE_DISABLE_MODELS_FETCH",
    "OPENCODE_DISABLE_AUTOUPDATE",
    "OPENCODE_DISABLE_DEFAULT_PLUGINS",
    "OPENCODE_DISABLE_LSP_DOWNLOAD",
];

/// A supervisor with a home of its own; nothing where the test is to be skipped.
async fn supervisor(health: Health) -> Option<(Supervisor, tempfile::TempDir)> {
    let binary = binary_or_skip().await?;
    let folder = tempfile::tempdir().unwrap();
    Some((Supervisor::new(options(binary.path(), folder.path()).with_health(health)), folder))
}

fn options(binary: &Path, folder: &Path) -> SupervisorOptions {
    let mut options = SupervisorOptions::default()
        .with_binary(binary)
        .with_directory(folder)
        .with_data(DataDirectory::Private(folder.join("home")))
        // Machines of tests are slow when everything runs at once.
        .with_ready_within(HANGS_AFTER);
    for name in QUIET {
        options = options.with_env(name, "1");
    }
    options
}

fn pid(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

async fn until(supervisor: &Supervisor, is_so: impl FnMut(&ServerStatus) -> bool + Send) -> ServerStatus {
    let mut status = supervisor.watch();
    let found = tokio::time::timeout(HANGS_AFTER, status.wait_for(is_so)).await;
    found.expect("it should have come to this by now").unwrap().clone()
}

/// However many ask for it, there is one; it wants a password, and is gone when it was stopped.
#[tokio::test(flavor = "multi_thread")]
async fn g23_a_server_is_started_once_and_ends() {
    let Some((supervisor, _folder)) = supervisor(Health::default()).await else { return };
    assert_eq!(supervisor.status().state, ServerState::Idle, "nobody needs it yet");
    let servers = join_all((0..8).map(|_| supervisor.ensure())).await;
    let servers: Vec<_> = servers.into_iter().map(Result::unwrap).collect();
    let server = &servers[0];
    assert!(servers.iter().all(|other| other.pid() == server.pid() && other.generation() == 1));
    assert!(!server.version().is_empty());
    server.client().sessions().create("a session").await.unwrap();
    let stranger = Client::new(server.client().base_url()).unwrap();
    assert!(stranger.health().await.is_err(), "it has a password");
    supervisor.stop().await;
    assert!(!is_there(server.pid()));
    assert!(supervisor.ensure().await.is_err(), "it is over");
}

/// A server that was killed is started again where somebody uses it, and has its sessions still.
#[tokio::test(flavor = "multi_thread")]
async fn g24_a_server_that_was_killed_is_started_again_and_has_its_sessions() {
    let Some((supervisor, _folder)) = supervisor(Health::default()).await else { return };
    let first = supervisor.ensure().await.unwrap();
    let session = first.client().sessions().create("kept").await.unwrap();
    let hold = first.hold();
    kill_process(pid(first.pid()), Signal::KILL).unwrap();
    let again =
        until(&supervisor, |status| status.running.as_ref().is_some_and(|running| running.generation == 2));
    let second = again.await.running.unwrap();
    assert_ne!(second.pid, first.pid());
    assert_eq!(second.client.session(session.id().clone()).get().await.unwrap().title, "kept");
    drop(hold);
    kill_process(pid(second.pid), Signal::KILL).unwrap();
    until(&supervisor, |status| status.running.is_none()).await;
}

/// A server that hangs is given up when nobody uses it, and is given time when somebody does.
#[tokio::test(flavor = "multi_thread")]
async fn g24_a_server_that_hangs_is_given_up() {
    let mut health = Health::default();
    // Long enough for a machine on which everything runs at once.
    health.probe_every = Duration::from_millis(200);
    health.probe_within = Duration::from_secs(2);
    health.busy_grace = Duration::from_secs(6);
    health.kill_after = Duration::from_millis(300);
    let Some((supervisor, _folder)) = supervisor(health).await else { return };
    let server = supervisor.ensure().await.unwrap();
    let _hold = server.hold();
    kill_process(pid(server.pid()), Signal::STOP).unwrap();
    until(&supervisor, |status| status.state == ServerState::Unhealthy).await;
    let ending = until(&supervisor, |status| status.state == ServerState::Restarting).await;
    assert_eq!(ending.restarts_because, Some(Why::SilentWhileBusy));
    until(&supervisor, |status| status.running.as_ref().is_some_and(|running| running.generation == 2)).await;
    assert!(!is_there(server.pid()), "asked in vain, it was killed");
}

/// The last handle takes it along.
#[tokio::test(flavor = "multi_thread")]
async fn g23_a_server_ends_with_its_supervisor() {
    let Some((supervisor, _folder)) = supervisor(Health::default()).await else { return };
    let server = supervisor.ensure().await.unwrap();
    let number = server.pid();
    let mut status = supervisor.watch();
    drop((server, supervisor));
    let stopped = status.wait_for(|status| status.state == ServerState::Stopped);
    tokio::time::timeout(HANGS_AFTER, stopped).await.expect("it ends").unwrap();
    assert!(!is_there(number));
}

/// Names the program and the folder of an owner that is to be killed.
const OWNER: &str = "OPENCODE_TEST_OWNER";
const STARTED: &str = "the server is process ";

/// Not a test of its own: the owner of a server, which [`g23_a_server_ends_when_its_owner_is_killed`] starts and kills.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "it is told, and tells, as a process does")]
async fn owner_of_a_server() {
    let Ok(told) = std::env::var(OWNER) else { return };
    let (binary, folder) = told.split_once('\n').unwrap();
    let supervisor = Supervisor::new(options(binary.as_ref(), folder.as_ref()));
    println!("{STARTED}{}", supervisor.ensure().await.unwrap().pid());
    std::future::pending::<()>().await;
}

/// No destructor runs, and nobody is there to end it.
#[tokio::test(flavor = "multi_thread")]
async fn g23_a_server_ends_when_its_owner_is_killed() {
    let Some(binary) = binary_or_skip().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "real::supervised::owner_of_a_server", "--nocapture", "--quiet"])
        .env(OWNER, format!("{}\n{}", binary.path().display(), folder.path().display()))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    let started = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, number)) = line.split_once(STARTED) {
                return number.parse().unwrap();
            }
        }
        panic!("the owner has started no server");
    };
    let server: u32 = tokio::time::timeout(HANGS_AFTER, started).await.expect("it starts");
    assert!(is_there(server));
    owner.kill().await.unwrap();
    until_gone(server).await;
}
