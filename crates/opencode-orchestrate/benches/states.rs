//! What a thousand turns at once hold of memory, in each state in which they may stay.
//!
//! Each state is measured in a process of its own: what another one has freed would be used once more, and not be seen.
//! `cargo bench -p opencode-orchestrate --bench states` prints one figure a line. Linux only: it reads `/proc`.

mod support;

use std::time::Duration;

use opencode_orchestrate::blocker::BlockerPolicy;
use opencode_orchestrate::turn::{RunOptions, TurnRunner};
use opencode_store::blocker::OpenIn;
use opencode_testkit::bench::{ServerProcess, memory_used};
use opencode_wire::drive::CancellationToken;
use support::far_end::{Pace, held, until_held};
use support::host::{conversation, turn};
use support::{Aim, Figure, Host, run};
use tokio::task::JoinSet;

/// The argument by which this program starts itself to measure a state.
const MEASURE: &str = "--measure";
/// How many turns are held at once.
const TURNS: usize = 1000;
/// How much memory they may hold, in MB.
const LIMIT: f64 = 200.0;

/// The states in which turns stay: a word, what it means, and how the server sees to it.
const STATES: [(&str, &str, Pace); 5] = [
    ("queued", "waiting in the store for a worker", Pace::Silent),
    ("in-line", "run by their callers, and waiting for one before them", Pace::Silent),
    ("silent", "prompted, and nothing said yet", Pace::Silent),
    ("half", "half of the answer said", Pace::Half),
    ("asks", "half of the answer said, and waiting for a person", Pace::Asks),
];

fn main() {
    let measured = std::env::args().skip_while(|argument| argument != MEASURE).nth(1);
    run(async {
        if let Some(state) = measured {
            return measure(&state).await;
        }
        for (word, meaning, _) in STATES {
            let program = std::env::current_exe().expect("a program knows where it is");
            let output = std::process::Command::new(program).args([MEASURE, word]).output();
            let output = output.expect("the bench can be started again");
            let said = String::from_utf8_lossy(&output.stdout);
            let value = said.trim().parse().unwrap_or_else(|_| {
                panic!("not a figure: {said:?}, {}", String::from_utf8_lossy(&output.stderr))
            });
            let name = format!("memory of {TURNS} turns {meaning}, at its highest");
            Figure { name: &name, value, unit: "MB", compared: None, aims: &[Aim::AtMost(LIMIT)] }.print();
        }
    });
}

/// Brings turns into a state, and prints by how many MB that has raised the most memory that this process ever had.
#[expect(clippy::print_stdout, reason = "the figure is told to the process that started this one")]
async fn measure(state: &str) {
    let pace = STATES.iter().find(|(word, ..)| *word == state).expect("a state").2;
    let server = ServerProcess::start(&pace.word());
    let host = Host::new(&server).await;
    let runner = host.runner(RunOptions::default()).with_blockers(BlockerPolicy::ask());
    let mut stage = Stage { server, host, runner, tasks: JoinSet::new() };
    // What the first few cost is the store's and the client's, not theirs.
    stage.bring(state, 20).await;
    let before = memory_used().expect("Linux");
    stage.bring(state, TURNS).await;
    let highest = memory_used().expect("Linux");
    println!("{}", (highest.most - before.now) / 1e6);
}

struct Stage {
    server: ServerProcess,
    host: Host,
    runner: TurnRunner,
    tasks: JoinSet<()>,
}

impl Stage {
    /// Brings that many more turns into a state.
    async fn bring(&mut self, state: &str, turns: usize) {
        let (held, asked) = (held(&self.server).await, self.asked().await);
        let subject = conversation();
        if state == "in-line" {
            self.begin(subject);
            until_held(&self.server, held + 1).await;
        }
        for _ in 0..turns {
            match state {
                "queued" => {
                    turn(&self.runner, conversation()).enqueue().await.expect("the turn is admitted");
                }
                "in-line" => self.begin(subject),
                _ => self.begin(conversation()),
            }
        }
        if !["queued", "in-line"].contains(&state) {
            until_held(&self.server, held + turns).await;
        }
        while state == "asks" && self.asked().await < asked + turns {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // What was said is stored and told within half a second, and the lease is renewed once in ten.
        tokio::time::sleep(Duration::from_secs(11)).await;
    }

    fn begin(&mut self, conversation: usize) {
        let turn = turn(&self.runner, conversation);
        self.tasks.spawn(async move { drop(turn.run(CancellationToken::new()).await.expect("it stays")) });
    }

    /// How many requests are stored that wait for a person.
    async fn asked(&self) -> usize {
        let open = self.host.store.blockers().open_blockers(&OpenIn::Everywhere, 10 * TURNS).await;
        open.expect("the requests are read").len()
    }
}
