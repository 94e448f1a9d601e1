//! Cases about reading a reply while it is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{grown, of, whole};
use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::subject;
use crate::reply::Snapshot;

const PARTS: usize = 20;

/// G17: a reader sees a snapshot whole or not at all, never a part of one.
pub async fn g17_readers_see_whole_snapshots(fixture: &Fixture) {
    let claim = fixture.claimed(&subject()).await;
    let done = Arc::new(AtomicBool::new(false));
    race(5, |racer| {
        let (store, lease, done) = (fixture.handle(racer), claim.lease.clone(), Arc::clone(&done));
        async move {
            let replies = store.replies();
            if racer == 0 {
                for revision in 0..100 {
                    replies.write_snapshot(&lease, &snapshot(revision)).await.unwrap();
                }
                done.store(true, Ordering::SeqCst);
                return;
            }
            let mut last = String::new();
            while !done.load(Ordering::SeqCst) {
                let parts = replies.parts(lease.turn).await.unwrap();
                let texts: Vec<_> = parts.into_iter().map(|part| part.growing.unwrap().text).collect();
                assert!(texts.is_empty() || texts.len() == PARTS, "{} parts", texts.len());
                let first = texts.first().cloned().unwrap_or_default();
                assert!(texts.iter().all(|text| *text == first), "parts of two snapshots: {texts:?}");
                assert!(first >= last, "a reader went back from {last:?} to {first:?}");
                last = first;
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
}

/// Every part says the same: written whole with every other revision, and grown in between.
fn snapshot(revision: usize) -> Snapshot {
    let text = format!("{:04}", revision / 2);
    let part = |part: usize| {
        let (id, ordinal) = (format!("prt_{part}"), u64::try_from(part).unwrap());
        if revision % 2 == 0 { whole(&id, ordinal, &text) } else { grown(&id, ordinal, 4, " and more") }
    };
    of((0..PARTS).map(part).collect())
}
