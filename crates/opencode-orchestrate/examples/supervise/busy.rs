//! Servers that do not answer for longer than they are given, with the windows that everybody gets.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use opencode_orchestrate::supervisor::{Health, ServerState, Supervisor, Why};
use tokio::time::timeout;

use crate::census::is_there;
use crate::finding::{Finding, count};
use crate::orders::Orders;

/// One that uses the processor and answers nobody is left alone for its grace, and is then ended and replaced.
pub(crate) async fn run(orders: &Orders) -> Result<[Finding; 2]> {
    let mut kept = Finding::new("a server that works is not ended before its grace is over");
    let mut replaced = Finding::new("it is ended and replaced after that");
    let supervisor = Supervisor::new(orders.options(None)?);
    let server = supervisor.ensure().await?;
    let mut status = supervisor.watch();
    let _unanswered = timeout(Duration::from_millis(200), server.client().sessions().create("work")).await;

    let health = Health::default();
    let silent = timeout(health.probe_every * 4, status.wait_for(|now| now.state == ServerState::Unhealthy));
    drop(silent.await.context("it answers")??);
    let silent_since = Instant::now();
    let ended = timeout(health.busy_grace * 2, status.wait_for(|now| now.restarts_because.is_some()));
    let why = ended.await.context("it is never ended")??.restarts_because;
    let silent_for = silent_since.elapsed();
    count("seconds that a busy server did not answer before it was ended", silent_for.as_secs() as usize);
    kept.expect(silent_for + Duration::from_secs(1) >= health.busy_grace, || format!("{silent_for:?}"));
    kept.expect(why == Some(Why::SilentWhileBusy), || format!("{why:?}"));

    let latest = health.busy_grace + health.probe_every + health.probe_within * 2;
    replaced.expect(silent_for < latest, || format!("only after {silent_for:?}"));
    let next = supervisor.ensure().await?;
    replaced.expect(next.generation() == 2, || format!("generation {}", next.generation()));
    replaced.expect(!is_there(server.pid()), || "it is there still".to_owned());
    supervisor.stop().await;
    Ok([kept, replaced])
}
