//! The steps that most cases begin with.

use std::time::Duration;

use opencode_store::session::Subject;
use opencode_store::turn::{Admission, Claim, ClaimRequest, EndKind, TurnEnd};
use opencode_store::{Result, Store};
use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;

/// The lease of workers.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// Far above what any step takes, so that only what hangs gets there.
const HANGS: Duration = Duration::from_secs(60);

pub(crate) fn subject(key: &str) -> Subject {
    Subject::new("acme", key).unwrap()
}

pub(crate) fn json(text: &str) -> Json {
    Json::from_value(text).unwrap()
}

/// A prompt to the subject of that key; the same key makes the same admission.
pub(crate) fn admission(key: &str) -> Admission {
    to(key, key)
}

/// A prompt to a subject.
pub(crate) fn to(subject_key: &str, key: &str) -> Admission {
    let message_id = MessageId::from_wire(&format!("msg_{key}"));
    Admission::new(subject(subject_key), message_id, json("Explain monads.")).with_idempotency_key(key)
}

pub(crate) fn worker(owner: &str) -> ClaimRequest {
    ClaimRequest::new(owner, LEASE)
}

pub(crate) fn completed() -> TurnEnd {
    TurnEnd::new(EndKind::Completed, "completed")
}

/// Admits a turn, and claims what is to be claimed next.
pub(crate) async fn claimed(store: &Store, key: &str) -> Claim {
    store.turns().admit(&admission(key)).await.unwrap();
    store.turns().claim(&worker("worker")).await.unwrap().expect("a turn was admitted")
}

/// Events that are as long as that.
pub(crate) async fn append(store: &Store, claim: &Claim, after: u64, bytes: usize) -> Result<u64> {
    store.events().append(&claim.lease, after, &["x".repeat(bytes)]).await
}

/// Waits for what must come, and says what did not.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    let Ok(output) = tokio::time::timeout(HANGS, future).await else { panic!("{what} did not come") };
    output
}
