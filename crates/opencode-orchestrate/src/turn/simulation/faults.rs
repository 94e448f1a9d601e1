//! What goes wrong beside single requests and calls: streams break, processes die or stand still, sessions are lost.

use std::time::Duration;

use super::Sim;
use super::driver;
use super::plan::STILLNESS;
use super::world::{NATURE, lock};

/// Lets the workers begin, and the faults.
pub(super) fn begin(sim: &Sim) {
    for number in 1..=sim.plan.workers {
        sim.world.spawn(NATURE, worker(sim.clone(), number));
    }
    sim.world.spawn(NATURE, server(sim.clone()));
    sim.world.spawn(NATURE, streams(sim.clone()));
    for _ in 0..sim.plan.sessions_lost {
        sim.world.spawn(NATURE, session(sim.clone()));
    }
}

/// Waits for the next fault of a kind; `false` when there is none.
async fn next(sim: &Sim, mean: u64) -> bool {
    if mean == 0 {
        return false;
    }
    sim.world.sleep(sim.world.millis(1..=2 * mean)).await;
    sim.is_faulty()
}

/// A worker, and whoever takes its place when it dies.
async fn worker(sim: Sim, number: u64) {
    let (dies, stands_still) = (sim.plan.worker_dies, sim.plan.worker_stands_still);
    let mut life = 0;
    loop {
        life += 1;
        let group = sim.world.new_group();
        let owner = format!("worker-{number}.{life}");
        sim.world.spawn(group, driver::work(sim.clone(), group, owner.clone()));
        let die_at = (dies > 0).then(|| sim.world.now() + sim.world.millis(1..=2 * dies));
        loop {
            let mean = if stands_still > 0 { stands_still } else { dies };
            if !next(&sim, mean).await {
                return;
            }
            if die_at.is_some_and(|at| at <= sim.world.now()) {
                break;
            }
            if stands_still > 0 {
                let time = sim.world.millis(1..=STILLNESS);
                sim.world.tell(|| format!("{owner}: stands still for {time:?}"));
                sim.world.freeze(group, time);
            }
        }
        sim.world.tell(|| format!("{owner}: dies"));
        sim.world.kill(group);
        sim.world.sleep(sim.world.millis(0..=15_000)).await;
    }
}

async fn server(sim: Sim) {
    while next(&sim, sim.plan.server_dies).await {
        lock(&sim.server).die(&sim);
        sim.world.sleep(sim.world.millis(100..=6_000)).await;
        lock(&sim.server).is_up = true;
        sim.world.tell(|| "server: is up".to_owned());
    }
}

async fn streams(sim: Sim) {
    while next(&sim, sim.plan.stream_breaks).await {
        let listener = {
            let server = lock(&sim.server);
            let count = server.listeners.len() as u64;
            let place = if count == 0 { 0 } else { sim.world.pick(0..=count - 1) };
            server.listeners.get(usize::try_from(place).unwrap_or_default()).cloned()
        };
        if let Some(listener) = listener {
            sim.world.tell(|| "network: a stream breaks".to_owned());
            listener.break_off(&sim);
        }
    }
}

async fn session(sim: Sim) {
    let last = u64::try_from(sim.plan.faults_until.as_millis()).unwrap_or_default();
    sim.world.sleep(Duration::from_millis(sim.world.pick(0..=last))).await;
    let mut server = lock(&sim.server);
    let count = server.sessions.len() as u64;
    if count > 0 {
        let place = usize::try_from(sim.world.pick(0..=count - 1)).unwrap_or_default();
        let id = server.sessions.keys().nth(place).cloned().expect("it was counted");
        server.lose(&sim, &id);
    }
}
