//! What following turns costs: memory for each that waits, processor time for each event.
//!
//! The server is a process of its own, so that only the client's work is counted.
//! `cargo bench -p opencode-wire --bench hub` prints one figure a line. Linux only: it reads `/proc`.

#![expect(clippy::disallowed_methods, reason = "the bench is told by its environment what to compare with")]

mod support;

use std::time::{Duration, Instant};

use opencode_testkit::bench::{SERVE, ServerProcess, cpu_seconds, memory_used};
use opencode_wire::Client;
use opencode_wire::hub::{Listener, Notice, Topic};
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::reply::Reply;
use support::emitter::{FOREIGN, PACE, PACED_SESSIONS, Scenario, serve};
use support::{Aim, Figure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The argument by which this program starts itself to measure memory.
const MEASURE: &str = "--measure";
/// Turns that are followed at once on one connection.
const TURNS: usize = 10_000;
/// Turns that need a stream of their own; each costs a descriptor at both ends.
const STREAMS: usize = 4000;
/// Events that are counted in a flood.
const FLOOD: usize = 1_000_000;
/// How often a flood is read; odd, so that there is a median.
const ROUNDS: usize = 5;
/// How long the paced scenario is watched.
const WATCH: Duration = Duration::from_secs(5);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    if let Some(at) = arguments.iter().position(|argument| argument == SERVE) {
        runtime.block_on(serve(Scenario::parse(&arguments[at + 1])));
        return;
    }
    if let Some(at) = arguments.iter().position(|argument| argument == MEASURE) {
        let turns = arguments[at + 2].parse().expect("a number of turns");
        runtime.block_on(idle(&arguments[at + 1], turns));
        return;
    }
    if cpu_seconds().is_none() {
        return;
    }
    runtime.block_on(async {
        memory("idle-per-directory", STREAMS, "memory of a followed turn with a stream of its own", 24.0);
        memory("idle", TURNS, "memory of a followed turn, all on one connection", 16.0);
        flood().await;
        foreign_flood().await;
        paced().await;
    });
}

fn client(server: &ServerProcess) -> Client {
    Client::new(format!("http://{}", server.address)).expect("an address is a base URL")
}

fn session_id(number: usize) -> SessionId {
    SessionId::from_wire(&format!("ses_{number}"))
}

/// What a turn costs of which nothing is heard. In a process of its own: what another scenario has freed would be used
/// once more, and not be seen.
fn memory(scenario: &str, turns: usize, name: &str, limit: f64) {
    let program = std::env::current_exe().expect("a program knows where it is");
    let output = std::process::Command::new(program)
        .args([MEASURE, scenario, &turns.to_string()])
        .output()
        .expect("the bench can be started again");
    let said = String::from_utf8_lossy(&output.stdout);
    let value = said.trim().parse().unwrap_or_else(|_| panic!("not a figure: {said:?}"));
    Figure { name, value, unit: "KiB", compared: None, aims: &[Aim::AtMost(limit)] }.print();
}

/// Follows turns of which nothing is heard, and prints what one of them costs in KiB.
#[expect(clippy::print_stdout, reason = "the figure is told to the process that started this one")]
async fn idle(scenario: &str, turns: usize) {
    let server = ServerProcess::start(scenario);
    let client = client(&server);
    // What the first few cost is the client's, not theirs.
    let mut tasks = JoinSet::new();
    follow(&client, &mut tasks, 0..100).await;
    let before = memory_used().expect("Linux");
    follow(&client, &mut tasks, 100..turns + 100).await;
    let after = memory_used().expect("Linux");
    println!("{}", (after.now - before.now) / 1024.0 / count(turns));
}

/// Attaches to turns, and waits until each has asked the server how things are.
async fn follow(client: &Client, tasks: &mut JoinSet<()>, numbers: std::ops::Range<usize>) {
    let (sender, mut ready) = tokio::sync::mpsc::unbounded_channel();
    let expected = numbers.len();
    let permits = std::sync::Arc::new(tokio::sync::Semaphore::new(64));
    for number in numbers {
        let permit = std::sync::Arc::clone(&permits).acquire_owned().await.expect("never closed");
        let session = client.session(session_id(number));
        let sender = sender.clone();
        tasks.spawn(async move {
            let mut turn = session.attach(MessageId::from_wire("msg_1")).await.expect("the server answers");
            turn.next().await;
            sender.send(()).expect("somebody counts");
            drop((permit, sender));
            turn.outcome().await;
        });
    }
    for _ in 0..expected {
        ready.recv().await.expect("every turn begins");
    }
}

/// One turn of which more is heard than can be read.
async fn flood() {
    let server = ServerProcess::start("flood");
    let mut listener = client(&server).listen(Topic::Session(session_id(0)));
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(flood_once(&mut listener).await);
    }
    drop(listener);
    rounds.sort_by(|one, other| one.cpu.total_cmp(&other.cpu));
    let Cost { rate, cpu } = rounds[ROUNDS / 2];
    let name = "processor time of an event in a flood";
    Figure { name, value: cpu * 1e6, unit: "µs", compared: None, aims: &[Aim::AtMost(1.2)] }.print();
    let name = "events from the socket through hub and reply";
    // A server of its own: ours is still being read for a little while.
    drop(server);
    let sdk = sdk(&ServerProcess::start("flood"));
    let compared = sdk.map(|sdk| ("official TypeScript SDK", rate / sdk.rate));
    let aim = if compared.is_some() { Aim::RatioAtLeast(1.0) } else { Aim::AtLeast(1.0) };
    Figure { name, value: rate / 1e6, unit: "million/s", compared, aims: &[aim] }.print();
    if let Some(sdk) = sdk {
        let compared = Some(("official TypeScript SDK", cpu / sdk.cpu));
        let name = "processor time of an event in a flood, once more";
        Figure { name, value: cpu * 1e6, unit: "µs", compared, aims: &[Aim::RatioAtMost(1.0)] }.print();
    }
}

/// What an event costs, and how many there are.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// Events a second.
    rate: f64,
    /// Processor seconds of an event.
    cpu: f64,
}

async fn flood_once(listener: &mut Listener) -> Cost {
    let mut reply = Reply::new(session_id(0), MessageId::from_wire("msg_1"));
    let mut decoded = 0;
    let (start, cpu) = (Instant::now(), cpu_seconds().expect("Linux"));
    while decoded < FLOOD {
        // Where it cannot keep up it loses its place, as any listener does; what was read in vain is counted.
        if let Notice::Event(event) = listener.next().await {
            reply.apply(&event);
            decoded += 1;
        }
    }
    let cpu = (cpu_seconds().expect("Linux") - cpu) / count(decoded);
    Cost { rate: count(decoded) / start.elapsed().as_secs_f64(), cpu }
}

/// Measures the SDK, if `cargo xtask bench` has said where it is.
fn sdk(server: &ServerProcess) -> Option<Cost> {
    #[derive(serde::Deserialize)]
    struct Said {
        events: f64,
        seconds: f64,
        cpu: f64,
    }
    let folder = std::env::var_os("OPENCODE_BENCH_SDK")?;
    let script = std::env::var_os("OPENCODE_BENCH_SDK_SCRIPT")?;
    let url = format!("http://{}", server.address);
    let output = std::process::Command::new("node")
        .args([script, folder, url.into(), (FLOOD / 4).to_string().into()])
        .output()
        .ok()?;
    let said: Said = serde_json::from_slice(&output.stdout).ok()?;
    Some(Cost { rate: said.events / said.seconds, cpu: said.cpu / said.events })
}

/// Events that nobody listens to: one in a thousand is for the session that somebody does listen to.
async fn foreign_flood() {
    let server = ServerProcess::start("foreign-flood");
    let mut listener = client(&server).listen(Topic::Session(session_id(0)));
    let mut heard = 0;
    let cpu = cpu_seconds().expect("Linux");
    while heard < FLOOD / FOREIGN {
        if matches!(listener.next().await, Notice::Event(_)) {
            heard += 1;
        }
    }
    let value = (cpu_seconds().expect("Linux") - cpu) / count(heard * FOREIGN) * 1e6;
    let name = "processor time of a foreign event in a flood, reading included";
    Figure { name, value, unit: "µs", compared: None, aims: &[Aim::AtMost(1.2)] }.print();
}

/// A thousand sessions with twenty events a second each, beside a program that only reads the socket.
async fn paced() {
    let server = ServerProcess::start("paced");
    let raw = raw(&server).await;
    let client = client(&server);
    let mut tasks = JoinSet::new();
    for number in 0..PACED_SESSIONS {
        let mut listener = client.listen(Topic::Session(session_id(number)));
        tasks.spawn(async move {
            let mut reply = Reply::new(session_id(number), MessageId::from_wire("msg_1"));
            loop {
                if let Notice::Event(event) = listener.next().await {
                    reply.apply(&event);
                }
            }
        });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let cpu = cpu_seconds().expect("Linux");
    tokio::time::sleep(WATCH).await;
    let ours = cpu_seconds().expect("Linux") - cpu;
    let per_event = ours / (WATCH.as_secs_f64() * count(PACE)) * 1e6;
    Figure {
        name: "processor time of an event at 20,000 a second",
        value: per_event,
        unit: "µs",
        compared: Some(("raw TCP reader", ours / raw)),
        aims: &[Aim::RatioAtMost(1.3)],
    }
    .print();
}

/// Processor seconds of a program that reads the same stream and does nothing with it.
async fn raw(server: &ServerProcess) -> f64 {
    let mut socket = TcpStream::connect(&server.address).await.expect("the server accepts");
    socket.write_all(b"GET /raw HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("the server reads");
    let mut buffer = vec![0; 64 * 1024];
    let end = Instant::now() + Duration::from_millis(500);
    while Instant::now() < end {
        assert_ne!(socket.read(&mut buffer).await.expect("the server sends"), 0);
    }
    let cpu = cpu_seconds().expect("Linux");
    let end = Instant::now() + WATCH;
    while Instant::now() < end {
        assert_ne!(socket.read(&mut buffer).await.expect("the server sends"), 0);
    }
    cpu_seconds().expect("Linux") - cpu
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}
