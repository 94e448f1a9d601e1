//! How fast prompts become turns, and how long the slowest caller waits; and how fast turns are claimed and ended.
//!
//! `cargo bench -p opencode-store --all-features --bench admission` prints one figure a line; a word behind `--`,
//! `sqlite` or `postgres`, leaves out the other database.

mod support;

use std::time::Instant;

use opencode_store::Store;
use support::{
    Aim, Figure, Kind, Load, Place, admission, claim, completed, load, number, percentile, run, subject,
    take_turns,
};

/// How many callers there are at once, and what is good enough on SQLite and on PostgreSQL.
const CALLERS: [(usize, f64, f64); 3] =
    [(64, 30_000.0, 20_000.0), (8, 12_000.0, 5_000.0), (1, 3_000.0, 1_500.0)];
/// How many sessions there are where they are used again.
const SUBJECTS: u64 = 100;
/// More turns than are claimed in a round.
const STOCK: usize = 8000;

fn main() {
    run(async {
        flushes();
        for kind in Kind::ALL {
            let Some(place) = Place::of(kind).await else { continue };
            for (callers, sqlite, postgres) in CALLERS {
                new_subjects(&place, callers, kind.pick(sqlite, postgres)).await;
            }
            for workers in [8, 1] {
                turns(&place, workers).await;
            }
            // Without the many turns that are ready in the other one.
            let Some(place) = Place::of(kind).await else { continue };
            for (callers, ..) in CALLERS {
                known_subjects(&place.store, kind, callers).await;
            }
        }
    });
}

/// What the disk does without any database: the limit of whoever commits one by one.
fn flushes() {
    use std::io::Write as _;
    let mut file = tempfile::tempfile().expect("a file can be made");
    let (start, mut count) = (Instant::now(), 0.0);
    while start.elapsed().as_millis() < 500 {
        file.write_all(&[7; 4096]).expect("the file is written");
        file.sync_data().expect("the file is flushed");
        count += 1.0;
    }
    let value = count / start.elapsed().as_secs_f64();
    Figure { name: "4 KiB written and flushed", value, unit: "/s", compared: None, aims: &[] }.print();
}

/// Each caller admits to a new subject again and again.
async fn new_subjects(place: &Place, callers: usize, least: Option<f64>) {
    let plain = &place.plain;
    let admit = async || {
        let store = place.store.clone();
        let admit = move |_| {
            let turns = store.turns();
            async move {
                turns.admit(&admission(subject(number()))).await.expect("the turn is admitted");
                1
            }
        };
        load(callers, admit).await
    };
    let (ours, theirs) = take_turns(admit, async || plain.admissions(callers).await).await;
    let name = format!("{}, admissions of {callers} callers to new subjects", place.kind.name());
    let aims: Vec<Aim> = least.into_iter().map(Aim::AtLeast).collect();
    let compared = Some((plain.name(), ours.rate / theirs));
    Figure { name: &name, value: ours.rate, unit: "/s", compared, aims: &aims }.print();
    // PostgreSQL writes checkpoints whenever it likes, so its longest wait is for information.
    waits(&name, &ours, place.kind == Kind::SqliteFull);
}

fn waits(name: &str, load: &Load, is_aimed: bool) {
    for (share, percent) in [("half wait at most", 50), ("99 in 100 wait at most", 99)] {
        let value = percentile(&load.waits, percent) * 1e3;
        Figure { name: &format!("{name}: {share}"), value, unit: "ms", compared: None, aims: &[] }.print();
    }
    let aims: &[Aim] = if is_aimed { &[Aim::AtMost(50.0)] } else { &[] };
    let value = percentile(&load.waits, 100) * 1e3;
    Figure { name: &format!("{name}: the longest wait"), value, unit: "ms", compared: None, aims }.print();
}

/// Claims and ends turns that are ready.
async fn turns(place: &Place, workers: usize) {
    let plain = &place.plain;
    let work = async || {
        let store = place.store.clone();
        stock(&store).await;
        let work = move |_| {
            let store = store.clone();
            async move {
                let Some(claim) = claim(&store).await else { return 0 };
                store.turns().finish(&claim.lease, &completed()).await.expect("the turn ends");
                1
            }
        };
        load(workers, work).await
    };
    let (ours, theirs) = take_turns(work, async || plain.turns(workers, STOCK).await).await;
    let name = format!("{}, turns claimed and ended by {workers} workers", place.kind.name());
    let compared = Some((plain.name(), ours.rate / theirs));
    Figure { name: &name, value: ours.rate, unit: "/s", compared, aims: &[] }.print();
}

/// Sees to it that there are turns to claim for a while.
async fn stock(store: &Store) {
    let mut admitting = tokio::task::JoinSet::new();
    for _ in 0..STOCK {
        let turns = store.turns();
        admitting.spawn(async move { turns.admit(&admission(subject(number()))).await.map(drop) });
    }
    for admitted in admitting.join_all().await {
        admitted.expect("the turn is admitted");
    }
}

/// Each caller admits to one of a hundred subjects, then claims a turn and ends it.
async fn known_subjects(store: &Store, kind: Kind, callers: usize) {
    let mut rates = Vec::new();
    for _ in 0..3 {
        let store = store.clone();
        let call = move |_| {
            let store = store.clone();
            async move {
                let admission = admission(subject(number() % SUBJECTS));
                store.turns().admit(&admission).await.expect("the turn is admitted");
                loop {
                    // Where the session is busy, its next turn is ready only when the one before has ended.
                    let Some(claim) = claim(&store).await else { continue };
                    store.turns().finish(&claim.lease, &completed()).await.expect("the turn ends");
                    return 1;
                }
            }
        };
        rates.push(load(callers, call).await.rate);
    }
    let name =
        format!("{}, turns of {SUBJECTS} subjects, from admission to end, {callers} callers", kind.name());
    let value = support::median(rates);
    Figure { name: &name, value, unit: "/s", compared: None, aims: &[] }.print();
}
