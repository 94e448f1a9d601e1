//! What it costs to store a little more of a reply, when little or much of it is stored already.
//!
//! `cargo bench -p opencode-store --all-features --bench replies` prints one figure a line; a word behind `--`,
//! `sqlite` or `postgres`, leaves out the other database.

mod support;

use std::time::Instant;

use opencode_store::Store;
use opencode_store::reply::{Growing, PartBody, PartWrite, Snapshot};
use opencode_store::turn::Lease;
use opencode_wire::ids::{PartId, SessionId};
use opencode_wire::model::Json;
use support::{Aim, Figure, Kind, Place, claimed, median, run};

/// The other parts of the turn.
const OTHERS: usize = 1000;
/// How many times each part grows.
const ROUNDS: usize = 300;
/// How much a part grows by.
const KIB: usize = 1024;

fn main() {
    run(async {
        // Without the wait for the disk, which would hide everything else.
        for kind in [Kind::SqliteNormal, Kind::Postgres] {
            let Some(place) = Place::of(kind).await else { continue };
            grow(&place).await;
        }
    });
}

/// Lets a part of 1 KiB, one of 1 MiB and one of 10 MiB take turns in growing.
async fn grow(place: &Place) {
    let store = &place.store;
    let (medium, large) =
        (Reply::with_part_of(store, 1024).await, Reply::with_part_of(store, 10 * 1024).await);
    let mut seconds = [const { Vec::new() }; 3];
    for round in 0..ROUNDS {
        // Each of the others has 1 KiB, and grows once.
        seconds[0].push(medium.grow(store, &format!("prt_other{round}"), KIB).await);
        seconds[1].push(medium.grow(store, "prt_main", (1024 + round) * KIB).await);
        seconds[2].push(large.grow(store, "prt_main", (10 * 1024 + round) * KIB).await);
    }
    let [small, medium, large] = seconds.map(median);
    for (size, value) in [("1 MiB", medium), ("10 MiB", large)] {
        let name = format!("{}, a part of {size} grows by 1 KiB, among {OTHERS} others", place.kind.name());
        let compared = Some(("a part of 1 KiB", value / small));
        Figure { name: &name, value: value * 1e6, unit: "µs", compared, aims: &[Aim::RatioAtMost(1.3)] }
            .print();
    }
}

/// A reply of many small parts and one that is not.
struct Reply {
    lease: Lease,
}

impl Reply {
    async fn with_part_of(store: &Store, kib: usize) -> Self {
        let reply = Self { lease: claimed(store).await.lease };
        let mut snapshot = Snapshot::default();
        snapshot.parts = (0..OTHERS).map(|other| whole(&format!("prt_other{other}"), other as u64)).collect();
        snapshot.parts.push(whole("prt_main", OTHERS as u64));
        reply.write(store, &snapshot).await;
        for at in 1..kib {
            reply.grow(store, "prt_main", at * KIB).await;
        }
        reply
    }

    /// Gives how long it took, in seconds.
    async fn grow(&self, store: &Store, part: &str, at: usize) -> f64 {
        let body = PartBody::Grown { at: at as u64, text: "x".repeat(KIB) };
        let mut snapshot = Snapshot::default();
        snapshot.parts.push(PartWrite::new(PartId::from_wire(part), session(), 0, body));
        let start = Instant::now();
        self.write(store, &snapshot).await;
        start.elapsed().as_secs_f64()
    }

    async fn write(&self, store: &Store, snapshot: &Snapshot) {
        store.replies().write_snapshot(&self.lease, snapshot).await.expect("the snapshot is stored");
    }
}

fn session() -> SessionId {
    SessionId::from_wire("ses_0199a1b2c3d4e5f6a7b8c9d0e1")
}

/// A part with 1 KiB of text.
fn whole(part: &str, ordinal: u64) -> PartWrite {
    let body = Json::from_value(&serde_json::json!({ "type": "text" })).expect("an object");
    let growing = Some(Growing::new("text", "x".repeat(KIB)));
    PartWrite::new(PartId::from_wire(part), session(), ordinal, PartBody::Whole { body, growing })
}
