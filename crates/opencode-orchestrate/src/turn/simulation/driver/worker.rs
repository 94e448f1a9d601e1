//! What a worker does from its beginning to its end, as `worker::shift` does.

use std::time::Duration;

use opencode_store::Result;
use opencode_store::turn::{ClaimRequest, TurnStore as _};
use tokio::sync::mpsc;

use super::super::Sim;
use super::super::checks;
use super::super::plan::LEASE;
use super::super::world::Group;
use super::runner;

/// How many turns a worker works on at once.
const TURNS: usize = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Works for ever.
pub(in super::super) async fn work(sim: Sim, group: Group, owner: String) {
    let world = sim.world.clone();
    let (ended, mut done) = mpsc::unbounded_channel::<Result<(), bool>>();
    let mut watch = sim.store.memory.watch_work();
    let (mut running, mut pause, mut resume_at) = (0, FIRST_PAUSE, Duration::ZERO);
    loop {
        while running < TURNS && resume_at <= world.now() {
            let request = ClaimRequest::new(&owner, LEASE);
            let asked = world.now();
            match sim.store.call("claim", checks::claim(&sim, &request)).await {
                Ok(Some(claim)) => {
                    world.tell(|| {
                        format!("{owner}: claims turn {}, which is {}", claim.turn.id, claim.turn.state)
                    });
                    running += 1;
                    let (sim, ended) = (sim.clone(), ended.clone());
                    world.spawn(group, async move {
                        let finished = runner::run(&sim, group, claim, asked).await;
                        let is_lost = |error: &opencode_store::Error| {
                            error.kind() == opencode_store::ErrorKind::LeaseLost
                        };
                        let _nobody_listens = ended.send(finished.map(drop).map_err(|error| is_lost(&error)));
                    });
                }
                Ok(None) => break,
                Err(_) => {
                    resume_at = world.now() + pause;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
        let has_room = running < TURNS;
        let is_pausing = resume_at > world.now();
        tokio::select! {
            biased;
            Some(done) = done.recv() => {
                running -= 1;
                match done {
                    Ok(()) => pause = FIRST_PAUSE,
                    Err(true) => {}
                    Err(false) => {
                        resume_at = world.now() + pause;
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    }
                }
            }
            () = world.sleep_until(resume_at), if has_room && is_pausing => {}
            () = watch.changed(), if has_room && !is_pausing => {}
            () = world.sleep(LEASE / 2), if has_room => {}
        }
    }
}
