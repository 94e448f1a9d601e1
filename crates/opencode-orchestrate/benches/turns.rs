//! What a turn of two hundred deltas costs this process, its storage included, and how many there are in a second.
//!
//! The server is a process of its own, so that only our work is counted.
//! `cargo bench -p opencode-orchestrate --bench turns` prints one figure a line. Linux only: it reads `/proc`.

mod support;

use std::time::Duration;

use opencode_orchestrate::turn::{RunOptions, TurnRunner};
use opencode_orchestrate::worker::{Worker, WorkerOptions};
use opencode_store::reply::SnapshotPolicy;
use opencode_store::session::SessionConfig;
use opencode_testkit::bench::ServerProcess;
use opencode_wire::Client;
use opencode_wire::drive::CancellationToken;
use support::far_end::{DELTAS, Pace};
use support::host::{PROMPT, directory, session, turn};
use support::{Aim, Cost, Figure, Host, Load, is_wanted, run, sdk};
use tokio::task::JoinSet;

/// How many turns run at once, and how many there are in a round.
const LOADS: [(usize, usize); 3] = [(1, 200), (100, 800), (1000, 4000)];
/// Odd, so that there is a median.
const ROUNDS: usize = 3;
/// What a turn may cost, in milliseconds.
const LIMIT: f64 = 2.0;
/// How fast a model speaks where turns last: a piece in so many milliseconds, which is fifty in a second.
const PACE: u64 = 20;
/// How many turns speak at that pace at once.
const SPEAKERS: usize = 300;
/// Longer than any turn.
const NEVER: Duration = Duration::from_secs(3600);

fn main() {
    run(async {
        let parts = ["at-once", "worker", "paced"];
        if is_wanted("at-once", &parts) {
            for (at_once, turns) in LOADS {
                said_at_once(Load { at_once, turns }).await;
            }
        }
        if is_wanted("worker", &parts) {
            worked_off().await;
        }
        if is_wanted("paced", &parts) {
            said_at_a_pace().await;
        }
    });
}

/// Turns of which everything is said as fast as it can be, beside the same without a store, and the official SDK.
async fn said_at_once(load: Load) {
    let server = ServerProcess::start(&Pace::AtOnce.word());
    let host = Host::new(&server).await;
    let runner = host.runner(RunOptions::default());
    // What the first few cost is not theirs.
    stored(&runner, Load { at_once: load.at_once.min(100), turns: 200 }).await;
    let (mut ours, mut wire) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(stored(&runner, load).await);
        wire.push(followed(&host.client, load).await);
    }
    let sdk = sdk::measure(&server, load);
    let (ours, wire) = (Cost::median(&ours), Cost::median(&wire));
    let at_once = load.at_once;
    let name = format!("processor time of a turn, {at_once} at once");
    let compared = Some(("the same turn followed without a store", ours.cpu / wire.cpu));
    let aims = &[Aim::AtMost(LIMIT)];
    Figure { name: &name, value: ours.cpu, unit: "ms", compared, aims }.print();
    let name = format!("turns, {at_once} at once");
    let compared = Some(("the same turn followed without a store", ours.rate / wire.rate));
    Figure { name: &name, value: ours.rate, unit: "/s", compared, aims: &[] }.print();
    if let Some(sdk) = sdk {
        let name = format!("processor time of a turn, {at_once} at once, once more");
        let compared = Some(("official TypeScript SDK, which stores nothing", ours.cpu / sdk.cpu));
        Figure { name: &name, value: ours.cpu, unit: "ms", compared, aims: &[] }.print();
        let name = format!("processor time of a turn without a store, {at_once} at once");
        let compared = Some(("official TypeScript SDK", wire.cpu / sdk.cpu));
        Figure { name: &name, value: wire.cpu, unit: "ms", compared, aims: &[] }.print();
    }
}

/// Turns that are run by those who want them, and stored.
async fn stored(runner: &TurnRunner, load: Load) -> Cost {
    let runner = runner.clone();
    let lead = move |conversation, turns| {
        let runner = runner.clone();
        async move {
            for _ in 0..turns {
                let outcome = turn(&runner, conversation).run(CancellationToken::new()).await;
                let outcome = outcome.expect("the turn ends");
                assert_eq!(outcome.text().len(), DELTAS * " a word".len(), "the answer is not whole");
            }
        }
    };
    load.run(lead).await
}

/// The same without a store: a session of the client, and turns that are followed.
async fn followed(client: &Client, load: Load) -> Cost {
    let client = client.clone();
    let lead = move |conversation, turns| {
        let client = client.clone();
        async move {
            let session = session(&client, conversation).await;
            for _ in 0..turns {
                let turn = session.prompt(PROMPT).await.expect("the prompt is taken");
                let reply = turn.outcome().await.into_reply().expect("the turn completes");
                assert_eq!(reply.text().len(), DELTAS * " a word".len(), "the answer is not whole");
            }
        }
    };
    load.run(lead).await
}

/// Turns that are admitted by some and carried by a worker, a hundred at once.
async fn worked_off() {
    let server = ServerProcess::start(&Pace::AtOnce.word());
    let host = Host::new(&server).await;
    let runner = host.runner(RunOptions::default());
    let configure = |claim: &opencode_store::turn::Claim| {
        let number = claim.session.subject.key().rsplit('/').next().and_then(|number| number.parse().ok());
        SessionConfig::new(directory(number.expect("a conversation has a number")))
    };
    let worker =
        Worker::new(runner.clone(), configure).with_options(WorkerOptions::default().with_turns(100));
    let stop = CancellationToken::new();
    let working = tokio::spawn({
        let stop = stop.clone();
        async move { worker.run(stop).await }
    });
    let mut costs = Vec::new();
    for round in 0..=ROUNDS {
        let runner = runner.clone();
        let lead = move |conversation, turns| {
            let runner = runner.clone();
            async move {
                let mut admitted = JoinSet::new();
                for _ in 0..turns {
                    let handle = turn(&runner, conversation).enqueue().await.expect("the turn is admitted");
                    admitted
                        .spawn(async move { handle.outcome().await.expect("the turn ends").is_completed() });
                }
                assert!(admitted.join_all().await.into_iter().all(|completed| completed));
            }
        };
        let cost = Load { at_once: 100, turns: 800 }.run(lead).await;
        // The first round only warms up.
        if round > 0 {
            costs.push(cost);
        }
    }
    stop.cancel();
    working.await.expect("the worker ends");
    let Cost { cpu, rate } = Cost::median(&costs);
    let name = "processor time of a turn that waits in line for a worker, 100 conversations of 4";
    Figure { name, value: cpu, unit: "ms", compared: None, aims: &[Aim::AtMost(LIMIT)] }.print();
    let name = "turns that wait in line for a worker, 100 conversations of 4";
    Figure { name, value: rate, unit: "/s", compared: None, aims: &[] }.print();
}

/// Turns that last: what it adds that they are stored and told while they speak.
async fn said_at_a_pace() {
    let server = ServerProcess::start(&Pace::Every(PACE).word());
    let host = Host::new(&server).await;
    let load = Load { at_once: SPEAKERS, turns: SPEAKERS };
    let rare = SnapshotPolicy::default().with_every(NEVER).with_bytes(usize::MAX);
    let as_made = host.runner(RunOptions::default());
    let unstored = host.runner(RunOptions::default().with_snapshots(rare));
    let untold = host.runner(RunOptions::default().with_snapshots(rare).with_tell_every(NEVER));
    let mut costs = [const { Vec::new() }; 4];
    for round in 0..=ROUNDS {
        let measured = [
            stored(&as_made, load).await,
            stored(&unstored, load).await,
            stored(&untold, load).await,
            followed(&host.client, load).await,
        ];
        // The first round only warms up.
        if round > 0 {
            costs.iter_mut().zip(measured).for_each(|(costs, cost)| costs.push(cost));
        }
    }
    let [as_made, unstored, untold, wire] = costs.map(|costs| Cost::median(&costs).cpu);
    let name = format!("processor time of a turn at 50 deltas a second, {SPEAKERS} at once");
    for (peer, theirs, aims) in [
        ("without snapshots while it speaks", unstored, &[Aim::RatioAtMost(1.1)][..]),
        ("without snapshots and log while it speaks", untold, &[]),
        ("the same turn followed without a store", wire, &[]),
    ] {
        let compared = Some((peer, as_made / theirs));
        Figure { name: &name, value: as_made, unit: "ms", compared, aims }.print();
    }
}
