//! The rules that are easily got wrong.

use std::time::Duration;

use opencode_testkit::clock::ManualClock;
use opencode_wire::ids::{Clock, MessageId, SessionId};
use opencode_wire::model::Json;

use super::*;
use crate::ErrorKind;
use crate::doctor::Severity;
use crate::event::EventLog;
use crate::session::*;
use crate::turn::*;

const LEASE: Duration = Duration::from_secs(10);

#[derive(Debug)]
struct Manual(ManualClock);

impl Clock for Manual {
    fn unix_millis(&self) -> u64 {
        self.0.unix_millis()
    }
}

fn store() -> (MemoryStore, ManualClock) {
    let clock = ManualClock::new(1_700_000_000_000);
    (MemoryStore::with_clock(Arc::new(Manual(clock.clone()))), clock)
}

fn subject() -> Subject {
    Subject::new("acme", "1").unwrap()
}

fn admission(message: &str, delivery: Delivery) -> Admission {
    let prompt = Json::from_value(message).unwrap();
    Admission::new(subject(), MessageId::from_wire(message), prompt).with_delivery(delivery)
}

async fn admit(store: &MemoryStore, message: &str, delivery: Delivery) -> TurnId {
    store.admit(&admission(message, delivery)).await.unwrap().turn.id
}

async fn claim(store: &MemoryStore, owner: &str) -> Claim {
    store.claim(&ClaimRequest::new(owner, LEASE)).await.unwrap().unwrap()
}

async fn record(store: &MemoryStore, id: TurnId) -> TurnRecord {
    store.turn(id).await.unwrap().unwrap()
}

fn completed() -> TurnEnd {
    TurnEnd::new(EndKind::Completed, "completed")
}

async fn is_sound(store: &MemoryStore) {
    let diagnosis = store.diagnose().await;
    assert_eq!(diagnosis.severity(), Severity::Fine, "{diagnosis}");
}

#[tokio::test]
async fn when_a_turn_ends_steers_go_on_if_they_were_posted_and_wait_again_if_not() {
    let (store, clock) = store();
    admit(&store, "m1", Delivery::Queue).await;
    let head = claim(&store, "a").await;
    let ids = [
        admit(&store, "m2", Delivery::Steer).await,
        admit(&store, "m3", Delivery::Steer).await,
        admit(&store, "m4", Delivery::Steer).await,
    ];
    let steers = store.take_steers(&head.lease).await.unwrap();
    assert_eq!(steers.iter().map(|steer| steer.turn.id).collect::<Vec<_>>(), ids);
    store.advance(&steers[1].lease, TurnState::Prompting).await.unwrap();
    store.advance(&steers[2].lease, TurnState::Running).await.unwrap();
    store.finish(&head.lease, &completed()).await.unwrap();
    is_sound(&store).await;
    assert_eq!(record(&store, ids[0]).await.state, TurnState::Queued);
    assert_eq!(record(&store, ids[2]).await.joined_to, Some(ids[1]));
    clock.advance(LEASE + Duration::from_millis(1));
    let next = claim(&store, "b").await;
    assert_eq!((next.turn.id, next.turn.state, next.lease.attempt), (ids[1], TurnState::Prompting, 2));
    assert_eq!(record(&store, ids[2]).await.owner.as_deref(), Some("b"));
    store.finish(&next.lease, &completed()).await.unwrap();
    // Taken over with its head, so its old lease is worth nothing.
    let error = store.advance(&steers[2].lease, TurnState::Running).await.unwrap_err();
    assert_eq!((error.kind(), error.turn()), (ErrorKind::LeaseLost, Some(ids[2])));
    is_sound(&store).await;
}

#[tokio::test]
async fn an_interrupt_runs_next_whether_or_not_the_head_has_begun() {
    let (store, _clock) = store();
    let first = admit(&store, "m1", Delivery::Queue).await;
    let second = admit(&store, "m2", Delivery::Interrupt).await;
    assert_eq!(record(&store, first).await.state, TurnState::Queued);
    let running = claim(&store, "a").await;
    assert_eq!(running.turn.id, second);
    let third = admit(&store, "m3", Delivery::Interrupt).await;
    assert_eq!(record(&store, second).await.stop, Some(StopReason::Superseded(third)));
    let end = store.finish(&running.lease, &completed()).await.unwrap().turn.end.unwrap();
    assert_eq!(end.kind, EndKind::Superseded);
    assert_eq!(claim(&store, "a").await.turn.id, third);
    is_sound(&store).await;
}

#[tokio::test]
async fn a_withdrawn_turn_changes_the_head_only_if_it_was_the_head() {
    let (store, _clock) = store();
    let first = admit(&store, "m1", Delivery::Queue).await;
    let second = admit(&store, "m2", Delivery::Queue).await;
    let steer = admit(&store, "m3", Delivery::Steer).await;
    let stopped = store.request_stop(second, StopReason::Cancelled).await.unwrap();
    assert_eq!(stopped, StopRequested::Withdrawn);
    assert_eq!(record(&store, first).await.state, TurnState::Ready);
    store.request_stop(first, StopReason::Cancelled).await.unwrap();
    assert_eq!(record(&store, steer).await.state, TurnState::Ready);
    is_sound(&store).await;
}

#[tokio::test]
async fn a_lease_that_ended_is_good_until_somebody_else_takes_over() {
    let (store, clock) = store();
    let id = admit(&store, "m1", Delivery::Queue).await;
    let old = claim(&store, "a").await;
    clock.advance(LEASE + Duration::from_millis(1));
    store.append(&old.lease, 0, &["one".to_owned()]).await.unwrap();
    let new = claim(&store, "a").await;
    assert_eq!((new.turn.id, new.lease.attempt, new.last_seq), (id, 2, 1));
    let error = store.append(&old.lease, 1, &[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LeaseLost);
    assert_eq!(store.renew(&[old.lease], LEASE).await.unwrap(), [Renewal::Lost]);
}

#[tokio::test]
async fn a_refused_admission_leaves_no_session() {
    let (store, _clock) = store();
    let first = admit(&store, "m1", Delivery::Queue).await;
    let other = Subject::new("acme", "2").unwrap();
    let refused = Admission { subject: other.clone(), ..admission("m1", Delivery::Queue) };
    let error = store.admit(&refused).await.unwrap_err();
    assert_eq!((error.kind(), error.turn()), (ErrorKind::Conflict, Some(first)));
    assert!(store.session(&other).await.unwrap().is_none());
}

#[tokio::test]
async fn who_is_woken_finds_what_was_changed() {
    let (store, _clock) = store();
    let mut work = store.watch_work();
    admit(&store, "m1", Delivery::Queue).await;
    work.changed().await;
    let head = claim(&store, "a").await;
    let watch = store.watch_orders(head.turn.id);
    admit(&store, "m2", Delivery::Queue).await;
    assert!(!watch.has_changed() && !work.has_changed());
    admit(&store, "m3", Delivery::Steer).await;
    assert!(watch.has_changed());
    store.hand_over(&head.lease).await.unwrap();
    assert!(work.has_changed());
}

#[tokio::test]
async fn a_mint_that_lost_is_noted_even_if_it_was_forgotten() {
    let (store, clock) = store();
    let fingerprint = ConfigFingerprint::new("b", "p");
    let begin = async |token: &str| {
        let request = MintRequest::new(subject(), fingerprint.clone(), token, LEASE);
        match store.begin_mint(&request).await.unwrap() {
            MintClaim::Claimed(mint) => mint,
            other => panic!("{other:?}"),
        }
    };
    let late = begin("t1").await;
    clock.advance(LEASE);
    let fast = begin("t2").await;
    store.forget_mint("t1").await.unwrap();
    let minted = |id| Minted::new(SessionId::from_wire(id), fingerprint.clone(), SessionPlace::default());
    let end = store.finish_mint(&late, &minted("ses_1")).await.unwrap();
    assert!(matches!(end, MintEnd::Lost { session } if session.upstream_id.is_none()));
    let end = store.finish_mint(&fast, &minted("ses_2")).await.unwrap();
    assert!(matches!(end, MintEnd::Bound { session, replaced: None } if session.generation == 1));
    let stale = store.stale_mints(LEASE, 9).await.unwrap();
    assert_eq!(stale, [StaleMint::new("t1", Some(SessionId::from_wire("ses_1")), SessionPlace::default())]);
    // It is the first sweeper's own for a while.
    assert_eq!(store.stale_mints(LEASE, 9).await.unwrap(), []);
}
