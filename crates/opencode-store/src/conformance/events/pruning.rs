//! Cases about deleting logs.

use std::time::Duration;

use super::super::replies;
use crate::conformance::Fixture;
use crate::conformance::steps::{TICK, part_id, subject, upstream_id};
use crate::reply::{Snapshot, StepUsage, UsageOf};

const DAY: Duration = Duration::from_secs(86_400);

/// The logs of turns that ended long ago are deleted; those of younger and of open turns stay.
pub async fn only_old_logs_are_deleted(fixture: &Fixture) {
    let log = fixture.store().events();
    let open = fixture.claimed(&subject()).await;
    fixture.append(&open.lease, 0, 1).await;
    let old = fixture.claimed(&subject()).await;
    fixture.append(&old.lease, 0, 3).await;
    fixture.finish(&old.lease).await;
    assert_eq!(log.prune(DAY, 10).await.unwrap(), 0);
    fixture.clock().advance(DAY + TICK);
    fixture.store().turns().renew(std::slice::from_ref(&open.lease), DAY).await.unwrap();
    let young = fixture.claimed(&subject()).await;
    fixture.append(&young.lease, 0, 2).await;
    fixture.finish(&young.lease).await;
    assert_eq!(log.prune(DAY, 10).await.unwrap(), 3);
    assert_eq!(log.prune(DAY, 10).await.unwrap(), 0, "once");

    assert_eq!(fixture.numbers(open.turn.id, 0, 10).await, [1]);
    assert_eq!(fixture.numbers(young.turn.id, 0, 10).await, [1, 2]);
    for cursor in [0, 2, 3] {
        let page = log.read(old.turn.id, cursor, 10).await.unwrap();
        assert_eq!(page.events, []);
        assert_eq!((page.pruned_to, page.last_seq, page.ended), (3, 3, true), "from {cursor}");
    }
}

/// No more turns than the limit are looked at in one call, and those that are left come later.
pub async fn logs_are_deleted_bit_by_bit(fixture: &Fixture) {
    let log = fixture.store().events();
    for _ in 0..5 {
        let claim = fixture.claimed(&subject()).await;
        fixture.append(&claim.lease, 0, 2).await;
        fixture.finish(&claim.lease).await;
    }
    fixture.clock().advance(DAY + TICK);
    for expected in [4, 4, 2, 0] {
        assert_eq!(log.prune(DAY, 2).await.unwrap(), expected);
    }
}

/// Turns, parts and usage stay when a log is deleted.
pub async fn what_a_log_led_to_stays(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    fixture.append(&claim.lease, 0, 2).await;
    let step = StepUsage::new(part_id(), upstream_id(), opencode_wire::reply::Usage::default());
    let snapshot =
        Snapshot { parts: vec![replies::whole("prt_a", 1, "a")], usage: vec![step], ..Snapshot::default() };
    fixture.store().replies().write_snapshot(&claim.lease, &snapshot).await.unwrap();
    let ended = fixture.finish(&claim.lease).await.turn;
    let parts = fixture.store().replies().parts(ended.id).await.unwrap();
    fixture.clock().advance(DAY + TICK);
    assert_eq!(fixture.store().events().prune(DAY, 10).await.unwrap(), 2);
    assert_eq!(fixture.turn(ended.id).await, ended);
    assert_eq!(fixture.store().replies().parts(ended.id).await.unwrap(), parts);
    let usage = fixture.store().replies().usage(&UsageOf::Turn(ended.id)).await.unwrap();
    assert_eq!(usage.steps, 1, "a step counts as one, whatever it says");
}
