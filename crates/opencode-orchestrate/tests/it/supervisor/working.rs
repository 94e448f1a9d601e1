//! Servers that start, and are hard to deal with afterwards or on the way.

use std::time::Duration;

use opencode_orchestrate::supervisor::{Health, ServerState, StartError, Supervisor, Why};
use opencode_testkit::bench::memory_used;
use rustix::process::{Pid, Signal, kill_process};

use super::stand_in::{HANGS_AFTER, Manner};
use super::{Impostor, until};
use crate::support::is_there;

/// Windows so short that a test can wait for their ends.
fn short() -> Health {
    let mut health = Health::default();
    health.probe_every = Duration::from_millis(300);
    health.probe_within = Duration::from_millis(300);
    health.failures = 2;
    health.busy_grace = Duration::from_secs(6);
    health.kill_after = Duration::from_millis(300);
    health
}

/// Nobody holds it: that it uses the processor is enough.
#[tokio::test(flavor = "multi_thread")]
async fn g24_a_server_that_works_and_does_not_answer_is_given_its_time_and_then_ended() {
    let impostor = Impostor::stand_in(Manner::Busy);
    let options = impostor.options().with_health(short()).with_ready_within(HANGS_AFTER);
    let supervisor = Supervisor::new(options);
    let server = supervisor.ensure().await.unwrap();
    let _unanswered =
        tokio::time::timeout(Duration::from_millis(1), server.client().sessions().create("work")).await;
    until(&supervisor, |status| status.state == ServerState::Unhealthy).await;
    let silent_since = std::time::Instant::now();
    let ended = until(&supervisor, |status| status.restarts_because.is_some()).await;
    assert_eq!(ended.restarts_because, Some(Why::SilentWhileBusy));
    assert!(silent_since.elapsed() >= Duration::from_secs(5), "{:?}", silent_since.elapsed());
    until(&supervisor, |status| status.state == ServerState::Idle).await;
    assert!(!is_there(server.pid()));
    assert_eq!(supervisor.ensure().await.unwrap().generation(), 2);
    supervisor.stop().await;
}

/// It neither works nor answers.
#[tokio::test(flavor = "multi_thread")]
async fn g24_a_server_that_stands_still_is_ended_at_once() {
    let impostor = Impostor::stand_in(Manner::Plain);
    let mut health = short();
    health.probe_every = Duration::from_secs(1);
    health.busy_grace = Duration::from_secs(3600);
    let options = impostor.options().with_health(health).with_ready_within(HANGS_AFTER);
    let supervisor = Supervisor::new(options);
    let server = supervisor.ensure().await.unwrap();
    kill_process(Pid::from_raw(server.pid().try_into().unwrap()).unwrap(), Signal::STOP).unwrap();
    let ended = until(&supervisor, |status| status.restarts_because.is_some()).await;
    assert_eq!(ended.restarts_because, Some(Why::Silent));
    until(&supervisor, |status| status.state == ServerState::Idle).await;
    assert!(!is_there(server.pid()));
}

/// Nothing of it is kept but its end, and it is not held up. Both pipes have the same end: which of them is read last is
/// nobody's choice.
#[tokio::test(flavor = "multi_thread")]
async fn g23_a_server_that_floods_its_output_comes_to_the_end_of_its_flood() {
    let impostor = Impostor::new(
        "yes 'a line of a flood' | head -c 150000000 & yes 'and another' | head -c 150000000 >&2\n\
         wait; echo 'the end of the flood'; echo 'the end of the flood' >&2; exit 7",
    );
    let before = memory_used();
    let supervisor = Supervisor::new(impostor.options().with_ready_within(HANGS_AFTER));
    let error = supervisor.ensure().await.unwrap_err();
    let StartError::Ended { status, output } = &*error else { panic!("{error:?}") };
    assert_eq!(status.code(), Some(7));
    assert!(output.ends_with("the end of the flood") && output.len() <= 16 * 1024, "{}", output.len());
    if let (Some(before), Some(after)) = (before, memory_used()) {
        let grown = (after.now - before.now) / 1e6;
        // Other tests of this process need some, too.
        assert!(grown < 200.0, "{grown} MB");
    }
}
