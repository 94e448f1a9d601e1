//! Cases about writing and reading logs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::payloads;
use crate::conformance::Fixture;
use crate::conformance::race::{race, soon};
use crate::conformance::steps::{refused, subject, unique};
use crate::error::ErrorKind;
use crate::turn::TurnId;

/// Events are numbered from 1 on without a hole, and read in pages from any place.
pub async fn events_are_numbered_and_paged(fixture: &Fixture) {
    let log = fixture.store().events();
    let claim = fixture.claimed(&subject()).await;
    let turn = claim.turn.id;
    let mut watch = log.watch_turn(turn);
    assert_eq!(fixture.append(&claim.lease, 0, 2).await, 2);
    soon("the wake-up by events", watch.changed()).await;
    assert_eq!(fixture.append(&claim.lease, 2, 0).await, 2, "nothing is the same place");
    assert_eq!(fixture.append(&claim.lease, 2, 3).await, 5);
    assert_eq!(fixture.numbers(turn, 0, 10).await, [1, 2, 3, 4, 5]);
    assert_eq!(fixture.numbers(turn, 0, 2).await, [1, 2]);
    assert_eq!(fixture.numbers(turn, 2, 2).await, [3, 4]);
    assert!(fixture.numbers(turn, 5, 2).await.is_empty());
    assert!(fixture.numbers(turn, 99, 2).await.is_empty());
    for ended in [false, true] {
        let page = log.read(turn, 2, 1).await.unwrap();
        assert_eq!((page.pruned_to, page.last_seq, page.ended), (0, 5, ended));
        if !ended {
            fixture.finish(&claim.lease).await;
        }
    }
}

/// Each turn has a log of its own; what was never admitted has none.
pub async fn every_turn_has_its_own_log(fixture: &Fixture) {
    let (first, second) = (fixture.claimed(&subject()).await, fixture.claimed(&subject()).await);
    fixture.append(&first.lease, 0, 3).await;
    fixture.append(&second.lease, 0, 1).await;
    assert_eq!(fixture.numbers(first.turn.id, 0, 10).await, [1, 2, 3]);
    assert_eq!(fixture.numbers(second.turn.id, 0, 10).await, [1]);
    refused(fixture.store().events().read(TurnId::new(i64::MAX), 0, 10).await, ErrorKind::NotFound);
}

/// Payloads come back byte for byte; what no database can keep is refused with everything that came with it.
pub async fn payloads_round_trip(fixture: &Fixture) {
    let log = fixture.store().events();
    let claim = fixture.claimed(&subject()).await;
    refused(
        log.append(&claim.lease, 0, &["fine".to_owned(), "a\0b".to_owned()]).await,
        ErrorKind::InvalidInput,
    );
    let written =
        [String::new(), " Größe 😀 \u{202e}\r\n\t'\"\\ ".to_owned(), unique("long").repeat(1 << 13)];
    assert_eq!(log.append(&claim.lease, 0, &written).await.unwrap(), 3);
    let events = fixture.other().events().read(claim.turn.id, 0, 10).await.unwrap().events;
    assert!(events.iter().map(|event| &event.payload).eq(&written), "the payloads are others");
}

/// Events go to the end of the log and nowhere else; so it is told whether a call of unknown outcome was carried out.
pub async fn only_the_end_of_a_log_is_written(fixture: &Fixture) {
    let log = fixture.store().events();
    let claim = fixture.claimed(&subject()).await;
    refused(log.append(&claim.lease, 1, &payloads(1, 1)).await, ErrorKind::Conflict);
    fixture.append(&claim.lease, 0, 3).await;
    for after in [0, 2, 4] {
        refused(log.append(&claim.lease, after, &payloads(after, 2)).await, ErrorKind::Conflict);
    }
    assert_eq!(fixture.numbers(claim.turn.id, 0, 10).await, [1, 2, 3]);
    fixture.store().turns().hand_over(&claim.lease).await.unwrap();
    let next = fixture.claim().await.unwrap();
    assert_eq!(next.last_seq, 3, "a new owner is told where to go on");
    assert_eq!(fixture.append(&next.lease, 3, 1).await, 4);
}

/// Of any number of calls that write to the same place, one does.
pub async fn one_of_many_writes_to_a_place(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    let results = race(16, |racer| {
        let (store, lease) = (fixture.handle(racer), claim.lease.clone());
        async move { store.events().append(&lease, 0, &payloads(0, 2)).await }
    })
    .await;
    let (stored, refusals): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(stored.len(), 1);
    for refusal in refusals {
        refused(refusal, ErrorKind::Conflict);
    }
    assert_eq!(fixture.numbers(claim.turn.id, 0, 10).await, [1, 2]);
}

/// A reader sees what one call wrote whole or not at all, and never a later event before an earlier one.
pub async fn readers_see_whole_batches(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    let done = Arc::new(AtomicBool::new(false));
    race(5, |racer| {
        let (store, lease, done) = (fixture.handle(racer), claim.lease.clone(), Arc::clone(&done));
        async move {
            let log = store.events();
            if racer == 0 {
                for batch in 0..100 {
                    log.append(&lease, batch * 3, &payloads(batch * 3, 3)).await.unwrap();
                }
                done.store(true, Ordering::SeqCst);
                return;
            }
            let mut last = 0;
            while !done.load(Ordering::SeqCst) {
                let page = log.read(lease.turn, 0, 1000).await.unwrap();
                let numbers: Vec<u64> = page.events.iter().map(|event| event.seq).collect();
                assert!(numbers.iter().copied().eq(1..=page.last_seq), "a hole in {numbers:?}");
                assert_eq!(page.last_seq % 3, 0, "a part of a batch");
                assert!(page.last_seq >= last);
                last = page.last_seq;
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
}
