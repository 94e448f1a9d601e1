//! How fast the log of a turn is written and read.
//!
//! `cargo bench -p opencode-store --all-features --bench events` prints one figure a line; a word behind `--`,
//! `sqlite` or `postgres`, leaves out the other database.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use opencode_store::event::{Tail, TailItem};
use support::{Aim, Figure, Kind, Load, Place, claimed, event, load, run, take_turns};

/// How many events are read again.
const REPLAYED: u64 = 100_000;

fn main() {
    run(async {
        for kind in Kind::ALL {
            let Some(place) = Place::of(kind).await else { continue };
            append(&place, 1, kind.pick(&[Aim::AtLeast(5_000.0)], &[Aim::AtLeast(3_000.0)])).await;
            let sqlite: &[Aim] = &[Aim::AtLeast(200_000.0), Aim::RatioAtLeast(0.6)];
            append(&place, 128, kind.pick(sqlite, &[Aim::AtLeast(100_000.0)])).await;
            append(&place, 1024, kind.pick(&[], &[Aim::AtLeast(200_000.0)])).await;
            if kind != Kind::SqliteNormal {
                replay(&place, kind.pick(&[Aim::AtLeast(1.0)], &[])).await;
            }
        }
    });
}

/// One task appends so many events at a time.
async fn append(place: &Place, batch: usize, aims: Option<&[Aim]>) {
    let ours = async || {
        let lease = claimed(&place.store).await.lease;
        let events = place.store.events();
        let payloads: Arc<Vec<String>> = Arc::new((0..batch as u64).map(event).collect());
        let last = Arc::new(AtomicU64::new(0));
        let append = move |_| {
            let (lease, events) = (lease.clone(), Arc::clone(&events));
            let (payloads, last) = (Arc::clone(&payloads), Arc::clone(&last));
            async move {
                let after = last.load(Ordering::Relaxed);
                let now = events.append(&lease, after, &payloads).await.expect("the events are stored");
                last.store(now, Ordering::Relaxed);
                payloads.len()
            }
        };
        load(1, append).await
    };
    let (ours, theirs) = take_turns(ours, async || place.plain.appends(batch).await).await;
    let name = format!("{}, events appended {batch} at a time", place.kind.name());
    let compared = Some((place.plain.name(), ours.rate / theirs));
    Figure { name: &name, value: ours.rate, unit: "/s", compared, aims: aims.unwrap_or_default() }.print();
}

/// A tail reads what was stored, beside a loop over a `SELECT`.
async fn replay(place: &Place, aims: Option<&[Aim]>) {
    let lease = claimed(&place.store).await.lease;
    let payloads: Vec<String> = (0..REPLAYED).map(event).collect();
    let mut last = 0;
    for chunk in payloads.chunks(1000) {
        last = place.store.events().append(&lease, last, chunk).await.expect("the events are stored");
    }
    let theirs = lease.turn.get() + (1 << 50);
    place.plain.store_events(theirs, REPLAYED).await;
    let ours = async || {
        let start = Instant::now();
        let mut tail = Tail::new(place.store.events(), lease.turn, 0);
        while tail.cursor() < REPLAYED {
            let item = tail.next().await.expect("the log is read").expect("the turn goes on");
            assert!(matches!(std::hint::black_box(item), TailItem::Event(_)), "nothing was pruned");
        }
        Load { rate: million(REPLAYED, start), waits: Vec::new() }
    };
    let peer = async || {
        let start = Instant::now();
        let count = place.plain.replay(theirs).await;
        million(count as u64, start)
    };
    let (ours, theirs) = take_turns(ours, peer).await;
    let name = format!("{}, {REPLAYED} events replayed by a tail", place.kind.name());
    let compared = Some((place.plain.name(), ours.rate / theirs));
    let aims = aims.unwrap_or_default();
    Figure { name: &name, value: ours.rate, unit: "million/s", compared, aims }.print();
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn million(count: u64, start: Instant) -> f64 {
    count as f64 / start.elapsed().as_secs_f64() / 1e6
}
