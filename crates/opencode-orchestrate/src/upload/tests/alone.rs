//! Uploads that nobody waits for any more.

use std::fs;
use std::future::Future;
use std::io;
use std::pin::pin;

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use tokio::runtime::Runtime;

use super::place::Place;
use crate::upload::{PendingUploads, Upload, UploadLimits};

/// A runtime with one thread for blocking, which does one thing after the other.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap()
}

/// Waits until everything that blocks is done, and what that has begun.
async fn settle() {
    for _ in 0..3 {
        tokio::task::spawn_blocking(|| ()).await.unwrap();
    }
}

/// An upload that never ends, with so many bytes before.
fn hanging(bytes: usize) -> Upload<'static> {
    let first = stream::iter([Ok::<_, io::Error>(Bytes::from(vec![0; bytes]))]);
    Upload::new("b.md", first.chain(stream::pending()))
}

/// Polls once, until everything that blocks is done, so many times.
async fn poll(future: impl Future, times: usize) {
    let mut future = pin!(future);
    for _ in 0..times {
        assert!((&mut future).now_or_never().is_none(), "it hangs");
        settle().await;
    }
}

#[test]
fn w57_an_upload_that_is_dropped_leaves_nothing() {
    // However far it has come.
    for times in 0..8 {
        let place = Place::new();
        fs::write(place.inside("a.md"), "old").unwrap();
        runtime().block_on(async {
            poll(place.store([Upload::from_bytes("a.md", "new"), hanging(1 << 20)]), times).await;
            settle().await;
            assert_eq!(
                (place.entries(), place.read("a.md")),
                (vec!["a.md".to_owned()], "old".to_owned()),
                "{times}"
            );
        });
    }
}

#[test]
fn an_upload_that_is_dropped_while_it_is_written_leaves_nothing() {
    let place = Place::new();
    runtime().block_on(async {
        let (release, held) = std::sync::mpsc::channel::<()>();
        // The thread for blocking has something else to do first, so that the work is still to be done.
        tokio::task::spawn_blocking(move || held.recv());
        assert!(place.store([hanging(1 << 20)]).now_or_never().is_none());
        drop(release);
        settle().await;
    });
    assert!(place.entries().is_empty());
}

#[test]
fn a_set_that_is_dropped_leaves_nothing_and_the_rest_of_it_outlives_one_upload() {
    let place = Place::new();
    runtime().block_on(async {
        let mut pending = PendingUploads::new(&place.sandbox, &UploadLimits::default());
        pending.add(Upload::from_bytes("a.md", "a")).await.unwrap();
        poll(pending.add(hanging(1 << 20)), 4).await;
        settle().await;
        assert_eq!(place.entries().len(), 1);
        pending.add(Upload::from_bytes("c.md", "c")).await.unwrap();
        assert_eq!(place.entries().len(), 2);
        drop(pending);
        settle().await;
    });
    assert!(place.entries().is_empty());
}

/// Drops a set when it has its names and nobody has heard of it yet.
fn drop_with_names(place: &Place, meanwhile: impl FnOnce()) {
    runtime().block_on(async {
        let mut pending = PendingUploads::new(&place.sandbox, &UploadLimits::default());
        pending.add(Upload::from_bytes("a.md", "a")).await.unwrap();
        {
            let mut commit = pin!(pending.commit());
            assert!((&mut commit).now_or_never().is_none());
            settle().await;
            assert_eq!(place.entries(), ["a.md"]);
            meanwhile();
        }
        settle().await;
    });
}

#[test]
fn w57_a_set_that_is_dropped_while_it_gets_its_names_leaves_no_new_file() {
    let place = Place::new();
    drop_with_names(&place, || {});
    assert!(place.entries().is_empty());
}

#[test]
fn what_somebody_else_has_put_in_its_place_is_not_taken_away_with_a_set() {
    let place = Place::new();
    fs::write(place.outside("other"), "other").unwrap();
    drop_with_names(&place, || fs::rename(place.outside("other"), place.inside("a.md")).unwrap());
    assert_eq!(place.read("a.md"), "other");
}

#[test]
fn a_set_that_is_dropped_outside_of_a_runtime_leaves_nothing() {
    let place = Place::new();
    let pending = runtime().block_on(async {
        let mut pending = PendingUploads::new(&place.sandbox, &UploadLimits::default());
        pending.add(Upload::from_bytes("a.md", "a")).await.unwrap();
        pending
    });
    assert_eq!(place.entries().len(), 1);
    drop(pending);
    assert!(place.entries().is_empty());
}
