//! What a host does all day.

use std::time::Duration;

use opencode_store::Store;
use opencode_store::blocker::{BlockerKind, NewBlocker, OpenIn};
use opencode_store::reply::{Growing, PartBody, PartWrite, Snapshot};
use opencode_store::session::{ConfigFingerprint, MintClaim, MintRequest, Minted, SessionPlace, Subject};
use opencode_store::turn::{
    Admission, ClaimRequest, Delivery, EndKind, StopReason, TurnEnd, TurnFilter, TurnState,
};
use opencode_wire::ids::{MessageId, PartId, SessionId};
use opencode_wire::model::Json;

const LEASE: Duration = Duration::from_secs(60);

/// Uses everything that is used for each turn at least once.
pub(crate) async fn lead(store: &Store) {
    let subject = Subject::new("acme", "conversation/42").unwrap();
    mint(store, &subject).await;
    let deliveries = [Delivery::Queue, Delivery::Queue, Delivery::Steer, Delivery::Interrupt];
    for (number, delivery) in deliveries.into_iter().enumerate() {
        admit(store, &subject, number, delivery).await;
    }
    let turns = store.turns();
    let request = ClaimRequest::new("worker", LEASE);
    while let Some(claim) = turns.claim(&request).await.unwrap() {
        turns.take_steers(&claim.lease).await.unwrap();
        turns.advance(&claim.lease, TurnState::Running).await.unwrap();
        turns.renew(std::slice::from_ref(&claim.lease), LEASE).await.unwrap();
        let events = store.events();
        events.append(&claim.lease, 0, &["one".to_owned()]).await.unwrap();
        events.append(&claim.lease, 1, &["two".to_owned(), "three".to_owned()]).await.unwrap();
        events.read(claim.turn.id, 1, 10).await.unwrap();
        for body in [whole(), PartBody::Grown { at: 5, text: " more".to_owned() }] {
            let mut snapshot = Snapshot::default();
            let (part, session) = (PartId::from_wire("prt_1"), SessionId::from_wire("ses_1"));
            snapshot.parts.push(PartWrite::new(part, session, 0, body));
            store.replies().write_snapshot(&claim.lease, &snapshot).await.unwrap();
        }
        let session = SessionId::from_wire("ses_1");
        let question = NewBlocker::new("req_1", session, BlockerKind::Question, json());
        store.blockers().ask(&claim.lease, &question).await.unwrap();
        store.blockers().open_blockers(&OpenIn::Everywhere, 10).await.unwrap();
        store.blockers().answer(claim.turn.id, "req_1", &json(), "somebody").await.unwrap();
        turns.request_stop(claim.turn.id, StopReason::Cancelled).await.unwrap();
        turns.turns(claim.session.id, TurnFilter::Open, None, 10).await.unwrap();
        turns.finish(&claim.lease, &TurnEnd::new(EndKind::Completed, "completed")).await.unwrap();
    }
    store.events().prune(Duration::ZERO, 10).await.unwrap();
}

async fn mint(store: &Store, subject: &Subject) {
    let fingerprint = ConfigFingerprint::new("blue", "rules");
    let request = MintRequest::new(subject.clone(), fingerprint.clone(), "token", LEASE);
    let MintClaim::Claimed(mint) = store.sessions().begin_mint(&request).await.unwrap() else {
        panic!("taken")
    };
    let minted = Minted::new(SessionId::from_wire("ses_1"), fingerprint, SessionPlace::default());
    store.sessions().finish_mint(&mint, &minted).await.unwrap();
    store.sessions().session(subject).await.unwrap().unwrap();
    store.sessions().stale_mints(LEASE, 10).await.unwrap();
}

async fn admit(store: &Store, subject: &Subject, number: usize, delivery: Delivery) {
    let message = MessageId::from_wire(&format!("msg_{number}"));
    let admission = Admission::new(subject.clone(), message, json())
        .with_delivery(delivery)
        .with_idempotency_key(format!("key-{number}"));
    store.turns().admit(&admission).await.unwrap();
}

fn json() -> Json {
    Json::from_value("text").unwrap()
}

fn whole() -> PartBody {
    PartBody::Whole {
        body: Json::from_value(&["part"]).unwrap(),
        growing: Some(Growing::new("text", "first")),
    }
}
