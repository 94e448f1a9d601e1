//! What sessions hold of memory while they are in the middle of their answers.
//!
//! Each number is measured in a process of its own: what another one has freed would be used once more, and not be seen.
//! They run beside each other, because nearly all of the time they wait.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use opencode_testkit::bench::{Memory, ServerProcess, memory_used};
use serde::{Deserialize, Serialize};

use crate::crowd::{Crowd, Way};
use crate::sdk::Sdk;
use crate::support::far_end::{Pace, until_held};
use crate::support::load::{count, median};
use crate::support::{Aim, Figure, Host};
use crate::{MANY, MEASURE, SESSIONS};

/// Odd, so that there is a median.
const ROUNDS: usize = 3;
/// How many sessions there are before anything is measured: what the first few cost is not theirs.
const WARM_UP: usize = 20;
/// What was said is stored and told within half a second, and the lease is renewed once in ten.
const SETTLED: Duration = Duration::from_secs(11);

const CANDIDATES: [&str; 3] = ["backend", "wire", "sdk"];

/// What sessions hold, in bytes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Held {
    /// How much more it is than before them, when all is quiet. The highest would hide them behind what the first few
    /// have left to be collected.
    more: f64,
    /// The most memory that the process ever had.
    most: f64,
}

pub(crate) fn figures() {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let started = SESSIONS.map(|sessions| CANDIDATES.map(|candidate| start(candidate, sessions)));
        rounds.push(started.map(|candidates| candidates.map(said)));
    }
    for (at, sessions) in SESSIONS.into_iter().enumerate() {
        let [backend, wire, sdk] =
            [0, 1, 2].map(|candidate| Held::median(rounds.iter().map(|round| round[at][candidate])));
        let (backend, wire) = (backend.expect("Linux"), wire.expect("Linux"));
        tell(sessions, backend, wire, sdk);
    }
}

fn tell(sessions: usize, backend: Held, wire: Held, sdk: Option<Held>) {
    let each = |held: Held| held.more / count(sessions) / 1e3;
    for (what, held, peer, limit) in [
        (
            "an agent",
            backend,
            "official TypeScript SDK with a stream for each session, which stores nothing",
            0.5,
        ),
        ("a session without a store", wire, "official TypeScript SDK with a stream for each session", 0.25),
    ] {
        let name = format!("memory of {what} in the middle of its answer, {sessions} at once");
        // What a few sessions hold is lost in what is collected meanwhile.
        let sdk = sdk.filter(|_| sessions >= MANY);
        let compared = sdk.map(|sdk| (peer, held.more / sdk.more));
        let aims = sdk.map(|_| Aim::RatioAtMost(limit));
        Figure { name: &name, value: each(held), unit: "kB", compared, aims: aims.as_slice() }.print();
    }
    let name = format!("most memory of a process, {sessions} agents at once");
    let peer = "a process with the official TypeScript SDK, which stores nothing";
    let compared = sdk.map(|sdk| (peer, backend.most / sdk.most));
    Figure { name: &name, value: backend.most / 1e6, unit: "MB", compared, aims: &[] }.print();
}

fn start(candidate: &str, sessions: usize) -> Child {
    let program = std::env::current_exe().expect("a program knows where it is");
    let mut command = Command::new(program);
    command.args([MEASURE, candidate, &sessions.to_string()]).stdout(Stdio::piped());
    command.spawn().expect("the bench can be started again")
}

/// What a process has measured; nothing where it had nothing to measure.
fn said(child: Child) -> Option<Held> {
    let output = child.wait_with_output().expect("the output is a pipe");
    assert!(output.status.success(), "nothing was measured");
    serde_json::from_slice(&output.stdout).ok()
}

/// Brings sessions to the middle of their answers, and prints what they hold.
#[expect(clippy::print_stdout, reason = "the figure is told to the process that started this one")]
pub(crate) async fn measure(candidate: &str, sessions: usize) {
    let server = ServerProcess::start(&Pace::Half.word());
    let held = match candidate {
        "backend" => Some(ours(&server, Way::Backend, sessions).await),
        "wire" => Some(ours(&server, Way::Wire, sessions).await),
        _ => theirs(&server, sessions).await,
    };
    if let Some(held) = held {
        println!("{}", serde_json::to_string(&held).expect("numbers can be written"));
    }
}

async fn ours(server: &ServerProcess, way: Way, sessions: usize) -> Held {
    let host = Host::new(server).await;
    let first = Crowd::gather(way, &host, WARM_UP).await.prompt();
    until_held(server, WARM_UP).await;
    tokio::time::sleep(SETTLED).await;
    let before = memory_used().expect("Linux");
    let second = Crowd::gather(way, &host, sessions).await.prompt();
    until_held(server, WARM_UP + sessions).await;
    tokio::time::sleep(SETTLED).await;
    let held = Held::between(before, memory_used().expect("Linux"));
    assert_eq!(first.len() + second.len(), WARM_UP + sessions, "all are still there");
    held
}

async fn theirs(server: &ServerProcess, sessions: usize) -> Option<Held> {
    let mut sdk = Sdk::start(server)?;
    sdk.hold(WARM_UP);
    tokio::time::sleep(SETTLED).await;
    let before = sdk.memory();
    sdk.hold(sessions);
    tokio::time::sleep(SETTLED).await;
    Some(Held::between(before, sdk.memory()))
}

impl Held {
    fn between(before: Memory, after: Memory) -> Self {
        Self { more: after.now - before.now, most: after.most }
    }

    /// The median of each.
    fn median(all: impl Iterator<Item = Option<Self>>) -> Option<Self> {
        let all: Vec<Self> = all.collect::<Option<_>>()?;
        let of = |value: fn(&Self) -> f64| median(all.iter().map(value).collect());
        Some(Self { more: of(|held| held.more), most: of(|held| held.most) })
    }
}
