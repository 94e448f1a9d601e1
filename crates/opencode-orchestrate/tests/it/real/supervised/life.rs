//! One server: started once, watched, replaced, ended.

use std::time::Duration;

use futures_util::future::join_all;
use opencode_orchestrate::supervisor::{Health, ServerState, StartError, Why};
use opencode_wire::Client;
use rustix::process::{Signal, kill_process};

use super::super::rig::HANGS_AFTER;
use super::{pid, supervisor, until};
use crate::support::is_there;

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

/// What the server says of its configuration is in the error, as plain text.
#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_broken_is_said_as_the_server_says_it() {
    let Some((supervisor, folder)) = supervisor(Health::default()).await else { return };
    let directory = folder.path().join("home/config/opencode");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("opencode.json"), "{\"model\": ").unwrap();
    let error = supervisor.ensure().await.unwrap_err();
    let StartError::Ended { output, .. } = &*error else { panic!("{error:?}") };
    assert!(output.contains("opencode.json is not valid JSON"), "{output}");
    assert!(output.contains("line 1, column 11") && !output.contains('\u{1b}'), "{output}");
}
