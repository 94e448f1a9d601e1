//! Servers that are replaced because they are old or large.

use std::time::Duration;

use opencode_orchestrate::supervisor::{Health, ServerState};

use super::{supervisor, until};
use crate::support::is_there;

/// Nobody who uses it loses it; whoever comes next waits for the next one, which has the sessions of the one before.
async fn is_replaced_when_nobody_uses_it(health: Health) {
    let Some((supervisor, _folder)) = supervisor(health).await else { return };
    let first = supervisor.ensure().await.unwrap();
    let hold = first.hold();
    let session = first.client().sessions().create("kept").await.unwrap();
    until(&supervisor, |status| status.state == ServerState::Draining).await;
    assert!(is_there(first.pid()) && first.client().health().await.is_ok(), "somebody uses it");
    let mut next = Box::pin(supervisor.ensure());
    assert!(futures_util::poll!(next.as_mut()).is_pending(), "it waits until the first one is let go");
    drop(hold);
    let second = next.await.unwrap();
    assert_eq!(second.generation(), 2);
    assert!(!is_there(first.pid()));
    assert_eq!(second.client().session(session.id().clone()).get().await.unwrap().title, "kept");
    supervisor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g24_a_server_that_is_old_is_replaced_when_nobody_uses_it() {
    let mut health = Health::default();
    health.max_age = Some(Duration::from_secs(3));
    is_replaced_when_nobody_uses_it(health).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g24_a_server_that_is_large_is_replaced_when_nobody_uses_it() {
    let mut health = Health::default();
    health.probe_every = Duration::from_secs(3);
    health.probe_within = Duration::from_secs(60);
    // It takes some hundred times as much from the first.
    health.max_memory = Some(1_000_000);
    is_replaced_when_nobody_uses_it(health).await;
}
