//! What agents cost the host that runs them: the second turn of a session beside the first, the processor time of many
//! that speak at once, and the memory of many that are in the middle of their answers.
//!
//! `cargo bench -p opencode-orchestrate --features supervisor --bench backend` prints one figure a line; `cold`,
//! `speaking` and `holding` behind `--` choose a part of them. Linux only: it reads `/proc`.

mod cold;
mod crowd;
mod holding;
mod real;
mod sdk;
mod speaking;
#[path = "../support/mod.rs"]
mod support;

use self::support::{is_wanted, run};

/// The argument by which this program starts itself to measure one thing.
const MEASURE: &str = "--measure";
/// How many sessions there are at once.
const SESSIONS: [usize; 4] = [1, 10, 50, 200];
/// From how many sessions on a program that wants one event stream for each of them has to be worse.
const MANY: usize = 50;

fn main() {
    let measured: Vec<String> = std::env::args().skip_while(|argument| argument != MEASURE).collect();
    run(async {
        if let [_, candidate, sessions] = measured.as_slice() {
            return holding::measure(candidate, sessions.parse().expect("a number of sessions")).await;
        }
        let parts = ["cold", "speaking", "holding"];
        if is_wanted("cold", &parts) {
            cold::figures().await;
        }
        if is_wanted("speaking", &parts) {
            speaking::figures().await;
        }
        if is_wanted("holding", &parts) {
            holding::figures();
        }
    });
}
