//! A store, and workers that write logs as they would of a turn.

use std::sync::Arc;
use std::time::Duration;

use opencode_store::Store;
use opencode_store::memory::MemoryStore;
use opencode_store::reply::{Growing, PartBody, PartWrite, Snapshot, StepUsage};
use opencode_store::turn::{Admission, ClaimRequest, EndKind, Lease, TurnEnd, TurnId};
use opencode_testkit::clock::ManualClock;
use opencode_wire::ids::{MessageId, PartId, SessionId};
use opencode_wire::model::Json;
use opencode_wire::reply::Usage;
use serde_json::{Value, json};

use crate::support::{Manual, subject};

const LEASE: Duration = Duration::from_secs(30);

/// A store in memory, on a clock of its own.
pub(super) struct Rig {
    pub(super) memory: Arc<MemoryStore>,
    pub(super) store: Store,
    clock: ManualClock,
}

impl Rig {
    pub(super) fn new() -> Self {
        let clock = ManualClock::default();
        let memory = Arc::new(MemoryStore::with_clock(Arc::new(Manual(clock.clone()))));
        let store = Store::from_backend(Arc::clone(&memory) as Arc<_>);
        Self { memory, store, clock }
    }

    /// Lets the worker of a turn die, and another one take it over.
    pub(super) async fn take_over(&self, dead: &Writer) -> Writer {
        self.clock.advance(LEASE * 2);
        let writer = Writer::claim(&self.store).await;
        assert_eq!(writer.turn(), dead.turn());
        writer
    }

    /// Clears the logs of all turns that have ended.
    pub(super) async fn prune(&self) {
        assert!(self.store.events().prune(Duration::ZERO, 100).await.unwrap() > 0);
    }
}

/// A worker that has claimed a turn.
pub(super) struct Writer {
    pub(super) store: Store,
    lease: Lease,
    last: u64,
}

impl Writer {
    /// Admits a turn and begins with it.
    pub(super) async fn begin(store: &Store) -> Self {
        admit(store).await;
        Self::claim(store).await
    }

    async fn claim(store: &Store) -> Self {
        let request = ClaimRequest::new("worker", LEASE);
        let claim = store.turns().claim(&request).await.unwrap().expect("a turn is there to be claimed");
        let mut writer = Self { store: store.clone(), lease: claim.lease, last: claim.last_seq };
        writer.tell(&[json!({"began": {"attempt": writer.lease.attempt}})]).await;
        writer
    }

    pub(super) fn turn(&self) -> TurnId {
        self.lease.turn
    }

    /// The number of the last event.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    pub(super) async fn tell(&mut self, entries: &[Value]) {
        let payloads: Vec<_> = entries.iter().map(Value::to_string).collect();
        self.last = self.store.events().append(&self.lease, self.last, &payloads).await.unwrap();
    }

    /// Notes that tell their own numbers, of a kind that this version does not know.
    pub(super) async fn note(&mut self, many: u64) {
        let notes: Vec<_> = (self.last + 1..=self.last + many).map(note).collect();
        self.tell(&notes).await;
    }

    /// Stores what a part says and what it used, as the rows have it at the end.
    pub(super) async fn store_text(&self, id: &str, text: &str) {
        let (part_id, session_id) = (PartId::from_wire(id), SessionId::from_wire("ses_1"));
        let body = Json::from_value(&json!({"type": "text"})).unwrap();
        let whole = PartBody::Whole { body, growing: Some(Growing::new("content", text)) };
        let mut usage = Usage::default();
        (usage.input, usage.cost) = (7, 0.5);
        let mut snapshot = Snapshot::default();
        snapshot.parts.push(PartWrite::new(part_id, session_id.clone(), 0, whole));
        snapshot.usage.push(StepUsage::new(PartId::from_wire("prt_step"), session_id, usage));
        self.store.replies().write_snapshot(&self.lease, &snapshot).await.unwrap();
    }

    pub(super) async fn finish(&self) {
        let end = TurnEnd::new(EndKind::Completed, "completed");
        assert!(self.store.turns().finish(&self.lease, &end).await.unwrap().applied);
    }
}

/// Admits a turn, behind all others.
pub(super) async fn admit(store: &Store) -> TurnId {
    let message_id = MessageId::from_wire(&format!("msg_{}", fastrand::u64(..)));
    let admission = Admission::new(subject(), message_id, Json::from_value("Explain monads.").unwrap());
    store.turns().admit(&admission).await.unwrap().turn.id
}

pub(super) fn note(seq: u64) -> Value {
    json!({"note": {"seq": seq}})
}

pub(super) fn part(id: &str, text: &str) -> Value {
    json!({"part": {"part_id": id, "session_id": "ses_1", "place": 0, "body": {"type": "text"},
        "growing": {"field": "content", "text": text}}})
}

pub(super) fn grown(id: &str, at: usize, text: &str) -> Value {
    json!({"grown": {"part_id": id, "at": at, "text": text}})
}
