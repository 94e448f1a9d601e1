//! How soon a tail has an event that was just stored, and what a tail costs that waits.
//!
//! `cargo bench -p opencode-store --all-features --bench tails` prints one figure a line; a word behind `--`,
//! `sqlite` or `postgres`, leaves out the other database.

mod support;

use std::time::{Duration, Instant};

use opencode_store::Store;
use opencode_store::event::Tail;
use opencode_testkit::bench::memory_used;
use support::{Aim, Figure, Kind, Place, admission, claimed, event, number, percentile, run, subject};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

/// The argument by which this program starts itself to measure memory.
const MEASURE: &str = "--measure";
/// How many events are waited for.
const EVENTS: u64 = 300;
/// How many tails wait at once.
const TAILS: usize = 10_000;

fn main() {
    if std::env::args().any(|argument| argument == MEASURE) {
        return run(idle());
    }
    run(async {
        for kind in [Kind::SqliteFull, Kind::Postgres] {
            let Some(place) = Place::of(kind).await else { continue };
            let database = kind.name();
            let name = format!("{database}, from stored to received, in one process");
            wake(&place, &place.store, &name, &[Aim::AtMost(1.0)]).await;
            let name = format!("{database}, from stored to received, in another process");
            let aims = kind.pick::<&[Aim]>(&[], &[Aim::AtMost(5.0)]);
            wake(&place, &place.other_handle().await, &name, aims.unwrap_or_default()).await;
        }
        if memory_used().is_some() {
            memory();
        }
    });
}

/// How long after `append` has returned a tail of that handle gives the event.
async fn wake(place: &Place, reader: &Store, name: &str, aims: &[Aim]) {
    let lease = claimed(&place.store).await.lease;
    let mut tail = Tail::new(reader.events(), lease.turn, 0);
    let (sender, mut received) = unbounded_channel();
    let follower = tokio::spawn(async move {
        while let Ok(Some(_)) = tail.next().await {
            if sender.send(Instant::now()).is_err() {
                return;
            }
        }
    });
    let mut seconds = Vec::new();
    for after in 0..EVENTS {
        // So that the tail waits, and does not look at the right moment.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let appended = place.store.events().append(&lease, after, &[event(after)]).await;
        appended.expect("the event is stored");
        let stored = Instant::now();
        let received = received.recv().await.expect("the tail lives");
        seconds.push(received.saturating_duration_since(stored).as_secs_f64());
    }
    follower.abort();
    seconds.sort_by(f64::total_cmp);
    for (share, percent, aims) in [("half", 50, aims), ("99 in 100", 99, &[])] {
        let value = percentile(&seconds, percent) * 1e3;
        Figure { name: &format!("{name}: {share}"), value, unit: "ms", compared: None, aims }.print();
    }
}

/// In a process of its own: what something else has freed would be used once more, and not be seen.
fn memory() {
    let program = std::env::current_exe().expect("a program knows where it is");
    let output =
        std::process::Command::new(program).arg(MEASURE).output().expect("the bench can be started again");
    let said = String::from_utf8_lossy(&output.stdout);
    let value = said.trim().parse().unwrap_or_else(|_| panic!("not a figure: {said:?}"));
    let name = "SQLite, memory of a tail that waits, each of a turn of its own";
    Figure { name, value, unit: "bytes", compared: None, aims: &[] }.print();
}

/// Follows turns of which nothing is heard, and prints what one of them costs.
#[expect(clippy::print_stdout, reason = "the figure is told to the process that started this one")]
async fn idle() {
    let place = Place::of(Kind::SqliteNormal).await.expect("SQLite is there");
    let mut turns = Vec::new();
    for _ in 0..TAILS + 100 {
        let admitted = place.store.turns().admit(&admission(subject(number()))).await;
        turns.push(admitted.expect("the turn is admitted").turn.id);
    }
    let mut tasks = JoinSet::new();
    let mut follow = async |turns: &[opencode_store::turn::TurnId]| {
        for &turn in turns {
            let mut tail = Tail::new(place.store.events(), turn, 0);
            tasks.spawn(async move { tail.next().await.map(drop) });
        }
        // Each has looked once, and looks again after five seconds.
        tokio::time::sleep(Duration::from_secs(2)).await;
    };
    // What the first few cost is the store's, not theirs.
    follow(&turns[..100]).await;
    let before = memory_used().expect("Linux");
    follow(&turns[100..]).await;
    let after = memory_used().expect("Linux");
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let tails = TAILS as f64;
    println!("{}", (after.now - before.now) / tails);
}
