//! The steps that most benches begin with.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opencode_store::Store;
use opencode_store::session::Subject;
use opencode_store::turn::{Admission, Claim, ClaimRequest, EndKind, TurnEnd};
use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;

/// Longer than any bench, so that no lease ends.
pub(crate) const LEASE: Duration = Duration::from_secs(3600);

/// A prompt of a usual length.
pub(super) const PROMPT: &str = "Explain in two or three sentences why the test in crates/opencode-store fails \
     on the second run, and change only what is needed so that it passes again, without touching the fixtures.";

/// A number that this run has not used.
pub(crate) fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn subject(number: u64) -> Subject {
    Subject::new("bench", format!("conversation/{number}")).expect("a short name")
}

pub(crate) fn admission(subject: Subject) -> Admission {
    let message = MessageId::from_wire(&format!("msg_{:026}", number()));
    Admission::new(subject, message, Json::from_value(PROMPT).expect("a JSON text"))
}

pub(crate) async fn claim(store: &Store) -> Option<Claim> {
    store.turns().claim(&ClaimRequest::new("worker", LEASE)).await.expect("a claim is answered")
}

/// A turn of a new subject that is claimed.
pub(crate) async fn claimed(store: &Store) -> Claim {
    store.turns().admit(&admission(subject(number()))).await.expect("the turn is admitted");
    claim(store).await.expect("a turn is ready")
}

pub(crate) fn completed() -> TurnEnd {
    TurnEnd::new(EndKind::Completed, "completed")
}

/// An event as a host writes it: a piece of text with its place.
pub(crate) fn event(number: u64) -> String {
    format!(
        "{{\"type\":\"delta\",\"part\":\"prt_0199a1b2c3d4e5f6a7b8c9d0e1\",\"at\":{number},\
         \"text\":\"a few words of the answer, as a model says them at once\"}}"
    )
}
