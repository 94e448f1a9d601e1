//! Cases about calls with a lease that is no longer good.

use crate::blocker::{BlockerKind, BlockerState, NewBlocker};
use crate::conformance::Fixture;
use crate::conformance::steps::{LEASE, TICK, completed, json, part_id, refused, subject, upstream_id};
use crate::error::{Error, ErrorKind};
use crate::reply::{PartBody, PartWrite, Snapshot};
use crate::turn::{Lease, Renewal, TurnState};

impl Fixture {
    /// Makes every call that needs a lease, apart from `finish`, and gives what they were refused with.
    async fn try_everything(&self, lease: &Lease, request_id: &str) -> Vec<Error> {
        let store = self.store();
        let body = PartBody::Whole { body: json("late"), growing: None };
        let part = PartWrite::new(part_id(), upstream_id(), 9, body);
        let snapshot = Snapshot { parts: vec![part], ..Snapshot::default() };
        let question = NewBlocker::new("late", upstream_id(), BlockerKind::Question, json("Now?"));
        let mut errors = Vec::new();
        errors.extend(store.turns().take_steers(lease).await.err());
        errors.extend(store.turns().advance(lease, TurnState::Running).await.err());
        errors.extend(store.events().append(lease, 0, &["late".to_owned()]).await.err());
        errors.extend(store.replies().write_snapshot(lease, &snapshot).await.err());
        errors.extend(store.blockers().ask(lease, &question).await.err());
        errors.extend(store.blockers().settle(lease, request_id, BlockerState::Expired).await.err());
        errors.extend(store.turns().hand_over(lease).await.err());
        errors
    }

    /// Checks that every one of these calls is refused, and changes nothing.
    async fn assert_void(&self, lease: &Lease, request_id: &str) {
        let store = self.store();
        let turn = self.turn(lease.turn).await;
        let blockers = store.blockers().blockers(lease.turn).await.unwrap();
        let errors = self.try_everything(lease, request_id).await;
        assert_eq!(errors.len(), 7, "not every call was refused: {errors:?}");
        for error in errors {
            assert_eq!((error.kind(), error.turn()), (ErrorKind::LeaseLost, Some(lease.turn)), "{error:?}");
        }
        let renewed = store.turns().renew(std::slice::from_ref(lease), LEASE).await.unwrap();
        assert_eq!(renewed, [Renewal::Lost]);
        assert_eq!(self.turn(lease.turn).await, turn);
        assert_eq!(store.events().read(lease.turn, 0, 10).await.unwrap().last_seq, 0);
        assert_eq!(store.replies().parts(lease.turn).await.unwrap(), []);
        assert_eq!(store.blockers().blockers(lease.turn).await.unwrap(), blockers);
    }

    async fn ask(&self, lease: &Lease) {
        let question = NewBlocker::new("asked", upstream_id(), BlockerKind::Question, json("Now?"));
        self.store().blockers().ask(lease, &question).await.unwrap();
    }
}

/// Once somebody else has claimed a turn, the old owner can do nothing to it, whatever the clock says.
pub async fn an_old_lease_is_refused_everywhere(fixture: &Fixture) {
    let (old, new) = fixture.taken_over(&subject()).await;
    fixture.ask(&new.lease).await;
    fixture.assert_void(&old, "asked").await;
    refused(fixture.store().turns().finish(&old, &completed()).await, ErrorKind::LeaseLost);
    // A clock that goes back makes the old lease look good, and proves nothing.
    let now = u64::try_from(fixture.unix_millis()).unwrap();
    fixture.clock().set(now - 3_600_000);
    fixture.assert_void(&old, "asked").await;
    refused(fixture.store().turns().finish(&old, &completed()).await, ErrorKind::LeaseLost);
    assert!(fixture.finish(&new.lease).await.applied);
}

/// A lease that nobody has ever had is none: another owner's, another attempt's, another turn's.
pub async fn a_made_up_lease_is_refused(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    fixture.ask(&claim.lease).await;
    let other_owner = Lease { owner: "somebody else".to_owned(), ..claim.lease.clone() };
    let later = Lease { attempt: 2, ..claim.lease.clone() };
    for lease in [other_owner, later] {
        fixture.assert_void(&lease, "asked").await;
        refused(fixture.store().turns().finish(&lease, &completed()).await, ErrorKind::LeaseLost);
    }
}

/// After its end a turn takes nothing more, not even from the one who ended it.
pub async fn the_lease_of_an_ended_turn_is_refused(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    fixture.ask(&claim.lease).await;
    fixture.finish(&claim.lease).await;
    fixture.assert_void(&claim.lease, "asked").await;
}

/// A lease that has ended and that nobody has taken over is as good as before.
pub async fn a_lapsed_lease_works_until_it_is_taken(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    fixture.ask(&claim.lease).await;
    fixture.clock().advance(LEASE * 10);
    let renewed = fixture.store().turns().renew(std::slice::from_ref(&claim.lease), LEASE).await.unwrap();
    assert!(matches!(renewed[..], [Renewal::Renewed { .. }]), "{renewed:?}");
    fixture.clock().advance(LEASE + TICK);
    let errors = fixture.try_everything(&claim.lease, "asked").await;
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(fixture.claim().await.unwrap().lease.attempt, 2, "it was handed over");
}
